/** Values and schemas of a pipeline file as TypeScript text, in ASCII. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';

/** TypeScript for the output of a task; undefined where nothing is known of it. */
export type OutputText = (task: string) => string | undefined;

/** A value as an expression. Texts with `${…}` are told by what they refer to, as far as that is a plain path. */
export function literalText(value: Json, outputOf: OutputText = () => undefined): string {
  if (typeof value === 'string') return value.includes('${') ? templateText(value, outputOf) : quoted(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'NaN';
  if (Array.isArray(value)) return `[${value.map((item: Json) => literalText(item, outputOf)).join(', ')}]`;
  if (!isJsonObject(value)) return String(value);
  const members = Object.entries(value).map(([key, member]) => {
    const text = quoted(key);
    return `${key === '__proto__' ? `[${text}]` : text}: ${literalText(member, outputOf)}`;
  });
  return `{ ${members.join(', ')} }`;
}

/**
 * `"${params.year}"` has the type of what it names, a text with something around it is a string,
 * and what has to be computed is `given`, of which nothing is said.
 */
export function templateText(text: string, outputOf: OutputText): string {
  if (!text.replaceAll('$${', '').includes('${')) return quoted(text.replaceAll('$${', '${'));
  const whole = /^\$\{([^{}]*)\}$/.exec(text);
  if (whole === null) return /^\$\{[^]*\}$/.test(text) ? 'given' : '(given as string)';
  const path = PATH.exec(whole[1]!.trim());
  if (path === null) return 'given';
  const [, root, rest = ''] = path;
  const members = [...rest.matchAll(MEMBER)].map(([, dotted, text, index]) => dotted ?? text?.slice(1, -1) ?? Number(index));
  const [first, second, ...others] = members;
  if (root === 'params') return typeof first === 'string' ? `params${access(members)}` : 'given';
  if (typeof first !== 'string' || second !== 'output') return 'given';
  const output = outputOf(first);
  return output === undefined ? 'given' : output + access(others);
}

const PATH = /^(params|tasks)((?:\.[A-Za-z_]\w*|\[(?:"[^"\\]*"|'[^'\\]*'|\d+)\])*)$/;
const MEMBER = /\.([A-Za-z_]\w*)|\[("[^"\\]*"|'[^'\\]*')\]|\[(\d+)\]/g;

const access = (members: readonly (string | number)[]): string =>
  members.map((member) => `[${typeof member === 'string' ? quoted(member) : member}]`).join('');

/** The type of the values that a schema lets pass; `any` where TypeScript has no word for it. */
export function schemaTypeText(schema: JsonObject): string {
  const { type, enum: members, const: constant, items, properties, required, anyOf, oneOf } = schema;
  if (constant !== undefined) return constantText(constant);
  if (Array.isArray(members)) return union(members.map((member: Json) => constantText(member)));
  const alternatives = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) {
    return union(alternatives.map((part: Json) => (isJsonObject(part) ? schemaTypeText(part) : 'any')));
  }
  if (Array.isArray(type)) return union(type.map((one: Json) => schemaTypeText({ ...schema, type: one })));
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

/** Texts in a schema are no templates. */
const constantText = (value: Json): string => (typeof value === 'string' ? quoted(value) : literalText(value));

const union = (parts: readonly string[]): string => (parts.length === 0 ? 'never' : parts.map((part) => `(${part})`).join(' | '));

/** A text as a literal. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'));
