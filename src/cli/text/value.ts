/** Values of any stored kind, for people and for JSON. */
import { inspect } from 'node:util';

export function readable(value: unknown): string {
  return typeof value === 'string'
    ? value
    : inspect(value, { depth: 8, maxArrayLength: 200, maxStringLength: 10_000, breakLength: 100 });
}

/**
 * What JSON can say of the value: dates as ISO 8601, bigints and non-finite numbers as text, maps as arrays of pairs
 * (as objects when every key is text), sets and typed arrays as arrays, bytes as base64, undefined as null.
 * Throws on cycles, which JSON cannot say.
 */
export function plain(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      return value === null ? null : plainObject(value);
    default:
      return value;
  }
}

function plainObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date || value instanceof URL) return value.toJSON();
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (value instanceof Set) return [...(value as Set<unknown>)].map(plain);
  if (value instanceof Map) return plainMap(value as Map<unknown, unknown>);
  if (ArrayBuffer.isView(value) && Symbol.iterator in value)
    return [...(value as unknown as Iterable<unknown>)].map(plain);
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (value instanceof RegExp) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

function plainMap(map: ReadonlyMap<unknown, unknown>): unknown {
  const pairs = [...map].map(([key, part]) => [plain(key), plain(part)] as const);
  return pairs.every(([key]) => typeof key === 'string')
    ? Object.fromEntries(pairs as [string, unknown][])
    : pairs;
}
