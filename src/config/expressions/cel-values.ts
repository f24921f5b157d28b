/** Converts values to CEL and back. */
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';

/** Error for a value that CEL or JavaScript cannot represent. */
export class Unconvertible extends Error {
  override readonly name = 'Unconvertible';
}

/**
 * `convert` turns whole numbers into CEL ints, at every depth. `original` returns, for a converted list or mapping,
 * the value it was made from, so that a value that only passes through an expression stays unchanged.
 */
export function toCel(): {
  convert: (value: unknown) => unknown;
  original: (value: object) => object | undefined;
} {
  const converted = new Map<object, unknown>();
  const originals = new WeakMap<object, object>();
  const remember = <T extends object>(from: object, to: T): T => {
    converted.set(from, to);
    originals.set(to, from);
    return to;
  };
  const convert = (value: unknown): unknown => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (value === undefined) return null;
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new Unconvertible(`a ${typeof value}is not data`);
    if (typeof value !== 'object' || value === null) return value;
    if (converted.has(value)) return converted.get(value);
    if (value instanceof Date) return value;
    if (value instanceof Uint8Array)
      return remember(value, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (Array.isArray(value) || value instanceof Set || ArrayBuffer.isView(value)) {
      // The copy is recorded before it is filled, because values may contain themselves.
      const list = remember<unknown[]>(value, []);
      for (const item of value as Iterable<unknown>) list.push(convert(item));
      return list;
    }
    const pairs = value instanceof Map ? value : Object.entries(value);
    const map = remember(value, new Map<unknown, unknown>());
    for (const [key, item] of pairs) map.set(convert(key), convert(item));
    return map;
  };
  return { convert, original: (value) => originals.get(value) };
}

/** Converts back from CEL: ints become numbers, durations seconds, mappings plain objects. */
export function fromCel(value: unknown, original: (value: object) => object | undefined): unknown {
  const made = new Map<object, unknown>();
  const convert = (part: unknown): unknown => {
    if (typeof part === 'bigint') return exactly(part);
    if (typeof part !== 'object' || part === null) return part;
    const before = original(part);
    if (before !== undefined) return before;
    if (made.has(part)) return made.get(part);
    if (part instanceof Date || part instanceof Uint8Array) return part;
    if (part instanceof UnsignedInt) return exactly(part.value);
    if (part instanceof Duration) return Number(part.seconds) + part.nanos / 1e9;
    if (Array.isArray(part)) {
      const list: unknown[] = [];
      made.set(part, list);
      for (const item of part) list.push(convert(item));
      return list;
    }
    if (
      part instanceof Map ||
      Object.getPrototypeOf(part) === null ||
      Object.getPrototypeOf(part) === Object.prototype
    ) {
      const pairs: Iterable<[unknown, unknown]> =
        part instanceof Map ? (part as Map<unknown, unknown>) : Object.entries(part);
      const object = Object.fromEntries(
        [...pairs].map(([key, item]) => [String(key), convert(item)]),
      );
      made.set(part, object);
      return object;
    }
    throw new Unconvertible('it gives a type, not data');
  };
  return convert(value);
}

function exactly(int: bigint): number {
  const value = Number(int);
  if (Number.isSafeInteger(value)) return value;
  throw new Unconvertible(
    `it gives ${int}, more than a number holds exactly; string(…) keeps every digit`,
  );
}
