/** One stored value: sealed bytes and the reference that identifies them. */
import { Fault } from '../model/fault.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';
import { decode, encode } from './codec.ts';
import { altered, openSealed, readSealLine, seal, type SealKind, type SealLine } from './seal.ts';

export type ValueRef = Extract<ResultRef, { is: 'value' | 'bytes' | 'text' }>;
export type StreamRef = Extract<ResultRef, { is: 'stream' }>;

/** Maximum size in bytes of a sealed value that is sent with its reference. */
export const INLINE_LIMIT = 16 * 1024;

/** Throws DP7001 for a value that cannot be kept. */
export function sealValue(at: ResultAddress, value: unknown): { ref: ValueRef; sealed: Buffer } {
  const { kind, payload } = encode(value);
  const { bytes: sealed, line } = seal(kind, payload);
  const { run, task, id } = at;
  return {
    ref: { is: FORMS[kind], run, task, id, bytes: line.length, digest: line.digest },
    sealed,
  };
}

/** Throws DP7002 unless `sealed` is intact and belongs to `ref`. */
export function openValue(ref: ValueRef, sealed: Uint8Array): unknown {
  const opened = openSealed(sealed, nameOf(ref));
  return valueIn(ref, opened, opened.payload);
}

/** Decodes an inline value without the store or the checksum: it never left memory. Throws DP7002. */
export function decodeInline(ref: ResultRef, inline: Uint8Array): unknown {
  if (ref.is === 'void') return undefined;
  if (ref.is === 'list' || ref.is === 'stream') {
    throw new Fault('DP9001', `a ${ref.is} does not ride along`);
  }
  const line = readSealLine(inline, inline.byteLength, nameOf(ref));
  return valueIn(ref, line, inline.subarray(0, line.length));
}

/** Throws DP7002 when another value has replaced the one that `ref` points to. */
export function expectSame(ref: ValueRef, line: SealLine): void {
  if (line.digest !== ref.digest || formOf(line.kind) !== ref.is) {
    throw altered(nameOf(ref), 'is not the one that was recorded');
  }
}

/** Returns the name of a result for messages. */
export function nameOf(ref: ResultAddress | ResultRef): string {
  return 'id' in ref ? `"${ref.task}/${ref.id}" of run ${ref.run}` : `(${ref.is})`;
}

function valueIn(ref: ValueRef, line: SealLine, payload: Uint8Array): unknown {
  expectSame(ref, line); // the kind is therefore that of a value
  return decode(line.kind as keyof typeof FORMS, payload);
}

const FORMS = {
  json: 'value',
  v8: 'value',
  text: 'text',
  bytes: 'bytes',
  buffer: 'bytes',
} as const;

function formOf(kind: SealKind): ValueRef['is'] | undefined {
  return kind === 'items' || kind === 'index' ? undefined : FORMS[kind];
}
