import { isJsonObject, type JsonObject } from '../../model/json.ts';

/**
 * Returns the JSON Schema given under `params:` or `output:` as plain data: the value itself, or that of a Standard Schema which
 * provides one. Undefined when it has none (a zod date, plain valibot): its validator still checks at run time.
 */
export function jsonSchemaOf(schema: unknown, side: 'input' | 'output'): JsonObject | undefined {
  if (typeof schema !== 'function' && (typeof schema !== 'object' || schema === null))
    return undefined;
  if (!('~standard' in schema)) return typeof schema === 'object' ? plain(schema) : undefined;
  const { jsonSchema } = schema['~standard'] as Convertible;
  try {
    return plain(jsonSchema?.[side]({ target: 'draft-2020-12' }));
  } catch {
    // Libraries throw on types that JSON Schema cannot express.
    return undefined;
  }
}

/** Returns true for a value that can be used as either kind of schema. */
export function isSchema(value: unknown): boolean {
  if (typeof value === 'function') return '~standard' in value;
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** https://standardschema.dev/json-schema, which a Standard Schema may or may not have. */
interface Convertible {
  readonly jsonSchema?: Record<'input' | 'output', (options: { target: string }) => object>;
}

/** Returns the schema without symbols, functions and undefined, which some libraries leave in. */
function plain(schema: object | undefined): JsonObject | undefined {
  if (schema === undefined) return undefined;
  const copy: unknown = JSON.parse(JSON.stringify(schema));
  return isJsonObject(copy) ? copy : undefined;
}
