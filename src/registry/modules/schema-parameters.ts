import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Parameter, Parameters } from '../../model/task.ts';

/** Returns the parameters that a JSON Schema of the whole parameter object describes. */
export function parametersIn(schema: JsonObject): Parameters {
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return { is: 'unknown' };
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const list = Object.entries(properties).map(([name, part]) => {
    const described = isJsonObject(part) ? withDefinitions(part, schema) : {};
    return parameter(name, described, required.has(name));
  });
  const more = schema['additionalProperties'];
  if (isJsonObject(more) && Object.keys(more).length > 0) {
    return { is: 'known', list, rest: withDefinitions(more, schema) };
  }
  return { is: 'known', list, ...(more === true || isJsonObject(more) ? { rest: true } : {}) };
}

function parameter(name: string, schema: JsonObject, required: boolean): Parameter {
  const { default: byDefault, description } = schema;
  return {
    name,
    optional: !required || byDefault !== undefined,
    schema,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

/** Adds the definitions of the whole schema to a part, because its references lead there. */
function withDefinitions(part: JsonObject, whole: JsonObject): JsonObject {
  const { $defs, definitions } = whole;
  return {
    ...part,
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  };
}
