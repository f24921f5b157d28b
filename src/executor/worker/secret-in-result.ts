/** A result comes in; whether it holds the value of a secret goes out. The result itself is stored as it is, since other tasks depend on it. */
import { types } from 'node:util';
import type { Redaction } from './redaction.ts';

/** Characters and bytes that are searched of one result, or of one item of a stream; what comes behind them is not looked at. */
const SEARCHED = 2 ** 24;

export function holdsSecret(result: unknown, redaction: Redaction): boolean {
  if (!redaction.hidesAnything) return false;
  const seen = new Set<unknown>();
  const waiting: unknown[] = [result];
  for (let left = SEARCHED; waiting.length > 0 && left > 0;) {
    const value = waiting.pop();
    const text = textOf(value, left);
    left -= text?.length ?? 1;
    if (text !== undefined && redaction.hides(text)) return true;
    if (typeof value !== 'object' || value === null || text !== undefined || seen.has(value))
      continue;
    seen.add(value);
    for (const part of partsOf(value)) waiting.push(part);
  }
  return false;
}

/** Returns undefined for a value that has parts, or none that could hold a text. */
function textOf(value: unknown, most: number): string | undefined {
  if (typeof value === 'string') return value.slice(0, most);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (types.isArrayBufferView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return Buffer.from(buffer, byteOffset, Math.min(byteLength, most)).toString();
  }
  return types.isAnyArrayBuffer(value)
    ? Buffer.from(value).subarray(0, most).toString()
    : undefined;
}

function* partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) for (const entry of value) yield* entry;
  else if (value instanceof Set) yield* value;
  else if (value instanceof Error) yield* [value.message, value.cause];
  else if (Array.isArray(value)) yield* Object.values(value);
  else yield* Object.entries(value).flat();
}
