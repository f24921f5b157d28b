/** The types of expressions that the file alone determines; the type check covers what functions return. */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { ValuePath } from '../../model/value-kind.ts';
import type { ValueShape, ValueType } from '../expressions/expression.ts';
import { toJson } from '../format/kinds.ts';
import { hasType, JSON_TYPES, typesOf } from '../params/param-schema.ts';
import { entriesAt, textAt, type YamlMap } from '../yaml/yaml-node.ts';
import { splitDefault } from './param-specs.ts';

export class KnownTypes {
  readonly #schemas: ReadonlyMap<string, JsonObject>;

  constructor(root: YamlMap) {
    this.#schemas = new Map<string, JsonObject>([
      ['params', { type: 'object', properties: paramSchemas(root) }],
      ['env', { type: 'object', additionalProperties: TEXT }],
      ['run', { type: 'object', properties: RUN, additionalProperties: TEXT }],
      ['tasks', { type: 'object', properties: taskSchemas(root) }],
      ['event', RECEIVED_EVENT],
    ]);
  }

  /** Returns every type that the value may have; undefined when it may have any. */
  of(shape: ValueShape): readonly ValueType[] | undefined {
    if (shape.is === 'computed') return shape.type === undefined ? undefined : [shape.type];
    const [root, ...path] = shape.parts;
    if (root === 'run' && path[0] === 'time') return ['other'];
    const schema = this.#schemas.get(String(root));
    return schema === undefined ? undefined : typesAt(schema, path);
  }
}

/** Returns the types that a schema allows at a path inside its values; undefined when it leaves them open. */
function typesAt(schema: JsonObject, path: ValuePath): readonly ValueType[] | undefined {
  let at: JsonObject = schema;
  for (const part of path) {
    const { properties, additionalProperties, items } = at;
    const known = isJsonObject(properties) && Object.hasOwn(properties, part);
    const next = typeof part === 'number' ? items : known ? properties[part] : additionalProperties;
    if (!isJsonObject(next)) return undefined;
    at = next;
  }
  const { enum: members, const: constant } = at;
  const values = Array.isArray(members) ? members : constant === undefined ? [] : [constant];
  if (values.length === 0) return typesOf(at);
  return JSON_TYPES.filter((type) => values.some((value: Json) => hasType(value, type)));
}

const TEXT: JsonObject = { type: 'string' };
/** Properties of `run` that only hooks see and that are not texts. */
const RUN: JsonObject = { failed: { type: 'array', items: TEXT } };
const OF_COMMAND: JsonObject = {
  type: 'object',
  properties: {
    exitCode: { type: 'integer' },
    stdout: TEXT,
    stderr: TEXT,
    truncated: { type: 'boolean' },
    replaced: { type: 'boolean' },
  },
};
const RECEIVED_EVENT: JsonObject = {
  type: 'object',
  properties: { id: TEXT, topic: TEXT, time: TEXT, runId: TEXT, task: TEXT, data: {} },
};
/** Properties that an event of every kind of trigger and wait may have. */
export const IN_EVENT: readonly string[] = Object.keys(
  RECEIVED_EVENT['properties'] as JsonObject, // stated above
);
const OF_RUN: JsonObject = { type: 'object', properties: { runId: TEXT, status: TEXT } };

function paramSchemas(root: YamlMap): JsonObject {
  const schemas = entriesAt(root, 'params').map(({ key, value }): [string, JsonObject] => {
    const written = toJson(value);
    return [key, isJsonObject(written) ? splitDefault(written).schema : {}];
  });
  return Object.fromEntries(schemas);
}

function taskSchemas(root: YamlMap): JsonObject {
  const schemas = entriesAt(root, 'tasks').map(({ key, value }): [string, JsonObject] => {
    const one = value.is === 'map' ? outputSchema(value) : {};
    const isMapped = value.is === 'map' && value.entries.has('map');
    const output: JsonObject = isMapped ? { type: 'array', items: one } : one;
    return [key, { type: 'object', properties: { output, status: TEXT } }];
  });
  return Object.fromEntries(schemas);
}

function outputSchema(task: YamlMap): JsonObject {
  if (task.entries.has('run')) return OF_COMMAND;
  if (task.entries.has('wait_for')) return RECEIVED_EVENT;
  return task.entries.has('pipeline') && textAt(task, 'output') === undefined ? OF_RUN : {};
}
