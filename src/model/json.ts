/** What YAML, `-p` and the wire can carry. Frozen once parsed. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON text with keys sorted by code unit at every depth: equal values give equal text. */
export function canonicalJson(value: Json): string {
  // Most tasks have no values at all, and there are many tasks.
  if (isJsonObject(value) && Object.keys(value).length === 0) return '{}';
  return JSON.stringify(value, (_key, part: Json) =>
    isJsonObject(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}
