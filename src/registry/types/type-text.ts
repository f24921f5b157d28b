/** Schemas as TypeScript text, in ASCII. */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';

/** Type of the result of a task that waits for an event. Its data have any shape, which is checked where a function takes them. */
export const RECEIVED_EVENT_TYPE =
  '{ id: string; topic: string; time: string; data: any; runId?: string; task?: string }';

/** Returns the type of the values that a schema accepts; `any` where TypeScript cannot express it. */
export function schemaTypeText(schema: JsonObject): string {
  const {
    type,
    enum: members,
    const: constant,
    items,
    properties,
    required,
    anyOf,
    oneOf,
  } = schema;
  if (constant !== undefined) return constantText(constant);
  if (Array.isArray(members)) return union(members.map((member: Json) => constantText(member)));
  const alternatives = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) {
    return union(
      alternatives.map((part: Json) => (isJsonObject(part) ? schemaTypeText(part) : 'any')),
    );
  }
  if (Array.isArray(type))
    return union(type.map((one: Json) => schemaTypeText({ ...schema, type: one })));
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `(${items !== undefined && isJsonObject(items) ? schemaTypeText(items) : 'any'})[]`;
    case 'object': {
      if (properties === undefined || !isJsonObject(properties)) return 'any';
      const isRequired = new Set(Array.isArray(required) ? (required as readonly Json[]) : []);
      const list = Object.entries(properties).map(
        ([name, member]) =>
          `${quoted(name)}${isRequired.has(name) ? '' : '?'}: ${isJsonObject(member) ? schemaTypeText(member) : 'any'}`,
      );
      return `{ ${list.join('; ')} }`;
    }
    default:
      return 'any';
  }
}

function constantText(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value))
    return `readonly [${value.map((item: Json) => constantText(item)).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, member]) => `${quoted(key)}: ${constantText(member)}`)
    .join('; ')} }`;
}

const union = (parts: readonly string[]): string =>
  parts.length === 0 ? 'never' : parts.map((part) => `(${part})`).join(' | ');

/** Type of a stream as expressions see it. Its name appears in the compiler's messages. */
export const UNREADABLE = 'StreamThatExpressionsCannotRead';

/** Returns a text as a string literal. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'),
  );
