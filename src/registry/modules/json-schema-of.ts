import { isJsonObject, type JsonObject } from '../../model/json.ts';

/**
 * The JSON Schema of what was given under `params:` or `output:`, as plain data: of itself, or of a Standard Schema that
 * can tell. Undefined when it has none (a zod date, plain valibot): its validator still checks at run time.
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

/** True when it can be used as one or the other. */
export function isSchema(value: unknown): boolean {
  if (typeof value === 'function') return '~standard' in value;
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** https://standardschema.dev/json-schema, which a Standard Schema may or may not have. */
interface Convertible {
  readonly jsonSchema?: Record<'input' | 'output', (options: { target: string }) => object>;
}

/** Without symbols, functions and undefined, which some libraries leave in. */
function plain(schema: object | undefined): JsonObject | undefined {
  if (schema === undefined) return undefined;
  const copy: unknown = JSON.parse(JSON.stringify(schema));
  return isJsonObject(copy) ? copy : undefined;
}
