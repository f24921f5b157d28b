/** Stored values of any kind, for people and for JSON. */
import { inspect } from 'node:util';
import { Fault } from '../model/fault.ts';

export function readable(value: unknown): string {
  return typeof value === 'string'
    ? value
    : inspect(value, { depth: 8, maxArrayLength: 200, maxStringLength: 10_000, breakLength: 100 });
}

/**
 * Returns the value as JSON can express it: dates as ISO 8601, bigints and non-finite numbers as text, maps as arrays of pairs
 * (as objects when every key is text), sets and typed arrays as arrays, bytes as base64, undefined as null.
 * Throws DP2001 on cycles, which JSON cannot express.
 */
export function plain(value: unknown): unknown {
  return plainWithin(value, new Set());
}

/** `around` has the objects that contain the value. */
function plainWithin(value: unknown, around: Set<object>): unknown {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      if (value === null) return null;
      if (around.has(value)) throw holdsItself();
      around.add(value);
      try {
        return plainObject(value, (part) => plainWithin(part, around));
      } finally {
        around.delete(value);
      }
    default:
      return value;
  }
}

type Inner = (part: unknown) => unknown;

function plainObject(value: object, inner: Inner): unknown {
  if (Array.isArray(value)) return value.map((part) => inner(part));
  if (value instanceof Date || value instanceof URL) return value.toJSON();
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (value instanceof Set) return Array.from(value as Set<unknown>, (part) => inner(part));
  if (value instanceof Map) return plainMap(value as Map<unknown, unknown>, inner);
  if (ArrayBuffer.isView(value) && Symbol.iterator in value)
    return Array.from(value as unknown as Iterable<unknown>, (part) => inner(part));
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (value instanceof RegExp) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inner(part)]));
}

function plainMap(map: ReadonlyMap<unknown, unknown>, inner: Inner): unknown {
  const pairs = [...map].map(([key, part]) => [inner(key), inner(part)] as const);
  return pairs.every(([key]) => typeof key === 'string')
    ? Object.fromEntries(pairs as [string, unknown][])
    : pairs;
}

function holdsItself(): Fault {
  return new Fault('DP2001', 'the value contains itself, which JSON cannot express');
}
