/** A result comes in; whether it holds the value of a secret goes out. The result itself is stored as it is, since other tasks depend on it. */
import { types } from 'node:util';
import type { Redaction } from './redaction.ts';

export function holdsSecret(result: unknown, redaction: Redaction): boolean {
  if (!redaction.hidesAnything) return false;
  const seen = new Set<unknown>();
  const waiting: unknown[] = [result];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (isShown(value, redaction)) return true;
    if (typeof value !== 'object' || value === null || isBytes(value) || seen.has(value)) continue;
    seen.add(value);
    for (const part of partsOf(value)) waiting.push(part);
  }
  return false;
}

function isShown(value: unknown, redaction: Redaction): boolean {
  if (typeof value === 'string') return redaction.hides(value);
  if (typeof value === 'number' || typeof value === 'bigint') return redaction.hides(String(value));
  if (types.isArrayBufferView(value))
    return redaction.hidesIn(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  return types.isAnyArrayBuffer(value) && redaction.hidesIn(new Uint8Array(value));
}

const isBytes = (value: object): boolean =>
  types.isArrayBufferView(value) || types.isAnyArrayBuffer(value);

function* partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) for (const entry of value) yield* entry;
  else if (value instanceof Set) yield* value;
  else if (value instanceof Error) yield* [value.message, value.cause];
  else if (Array.isArray(value)) yield* Object.values(value);
  else yield* Object.entries(value).flat();
}
