/** The parts of a schema that need no type checker: alternatives, definitions, and the order of keys. */
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../model/json.ts';

export function anyOf(schemas: readonly JsonObject[]): JsonObject {
  const constants = schemas
    .filter((schema) => Object.keys(schema).length === 1)
    .flatMap(({ const: constant }) => (constant === undefined ? [] : [constant]));
  const hasBoth = constants.includes(true) && constants.includes(false);
  const values = constants.filter((value) => !hasBoth || typeof value !== 'boolean');
  const others = new Map(
    schemas
      .filter((schema) => !('const' in schema && Object.keys(schema).length === 1))
      .map((schema) => [canonicalJson(schema), schema]),
  );
  if (hasBoth) others.set('boolean', { type: 'boolean' });
  const [value] = values;
  if (values.length === 1 && value !== undefined) others.set('const', { const: value });
  if (values.length > 1)
    others.set('enum', {
      enum: values.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)),
    });
  const all = [...others].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, schema]) => schema);
  if (all.some((schema) => Object.keys(schema).length === 0)) return {};
  const [only = special('undefined')] = all;
  return all.length > 1 ? { anyOf: all } : only;
}

/** A schema with a name is written under `$defs`, any other where it is used. */
export interface SchemaEntry {
  readonly name?: string;
  schema: JsonObject;
}

/**
 * Returns a self-contained schema: all that it refers to, directly or not, is under `$defs`, named in the order of first use,
 * so that the same type gives the same text whatever else the program contains.
 */
export function withDefinitions(
  schema: JsonObject,
  types: ReadonlyMap<number, SchemaEntry>,
): JsonObject {
  const names = new Map<string, string>();
  const definitions: Record<string, Json> = {};
  const copy = (part: Json): Json => {
    if (Array.isArray(part)) return part.map((item: Json) => copy(item));
    if (!isJsonObject(part)) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) => [
        key,
        key === '$ref' && typeof value === 'string' ? refer(value) : copy(value),
      ]),
    );
  };
  const refer = (id: string): string => {
    const entry = types.get(Number(id));
    let name = names.get(id);
    if (name === undefined && entry?.name !== undefined) {
      name = entry.name;
      for (let n = 2; Object.hasOwn(definitions, name); n++) name = `${entry.name}_${n}`;
      names.set(id, name);
      definitions[name] = {};
      definitions[name] = copy(entry.schema);
    }
    return `#/$defs/${name ?? id}`;
  };
  const root = copy(schema) as JsonObject;
  return names.size === 0 ? root : { ...root, $defs: sorted(definitions) };
}

export const special = (name: string): JsonObject => ({ 'x-dp-type': name });

export const sorted = (record: Record<string, Json>): JsonObject =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
