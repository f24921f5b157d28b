/**
 * A payload followed by one line with its kind, length and checksum. The line stands at the end
 * and has a fixed size, so that a stored text, image or table opens in other programs as the task returned it:
 *
 *     …payload…
 *     dp1 text   0000000000000042 <64 hex digits>
 *
 * The checksum covers everything before itself, the line's own head included; it is the digest of the result.
 */
import { hash } from 'node:crypto';
import { Fault } from '../model/fault.ts';
import type { Digest } from '../model/ids.ts';
import { asBuffer, type PayloadKind } from './codec.ts';

/** `items` and `index` are the files of a stream. */
export type SealKind = PayloadKind | 'items' | 'index';

export interface SealLine {
  readonly kind: SealKind;
  /** Length of the payload in bytes. */
  readonly length: number;
  readonly digest: Digest;
}

export interface Opened extends SealLine {
  readonly payload: Uint8Array;
}

/** Length of the line in bytes. */
export const SEAL_BYTES = 94;
/** Bytes at the very end: the digest and a line feed. The digest covers everything before them. */
export const DIGEST_BYTES = 65;

export interface Sealed {
  /** Memory not shared with other values, so that it can be transferred to another thread alone. */
  readonly bytes: Buffer;
  readonly line: SealLine;
}

/** Seals a payload. Strings are written as UTF-8. */
export function seal(kind: SealKind, payload: string | Uint8Array): Sealed {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
  const bytes = Buffer.allocUnsafeSlow(length + SEAL_BYTES);
  if (typeof payload === 'string') bytes.write(payload);
  else bytes.set(payload);
  const head = `\ndp1 ${kind.padEnd(6)} ${String(length).padStart(16, '0')} `;
  const digested = length + bytes.write(head, length, 'latin1');
  const digest = hash('sha256', bytes.subarray(0, digested));
  bytes.write(`${digest}\n`, digested, 'latin1');
  return { bytes, line: { kind, length, digest } };
}

/** Throws DP7002, with `name` in the message, unless the data is complete and its checksum is valid. */
export function openSealed(sealed: Uint8Array, name: string): Opened {
  const line = readSealLine(sealed, sealed.byteLength, name);
  if (hash('sha256', sealed.subarray(0, -DIGEST_BYTES)) !== line.digest) {
    throw altered(name, 'does not match its checksum');
  }
  return { ...line, payload: sealed.subarray(0, line.length) };
}

/** Reads the line of `size` sealed bytes, given all of them or only the end. The checksum is not verified. Throws DP7002. */
export function readSealLine(end: Uint8Array, size: number, name: string): SealLine {
  const found = SEAL.exec(asBuffer(end.subarray(-SEAL_BYTES)).toString('latin1'));
  if (found === null) throw altered(name, size === 0 ? 'is empty' : 'is torn or no result');
  const { kind, length, digest } = found.groups as {
    kind: SealKind;
    length: string;
    digest: Digest;
  };
  if (Number(length) !== size - SEAL_BYTES) throw altered(name, 'is torn');
  return { kind, length: Number(length), digest };
}

export function altered(name: string, what: string): Fault {
  return new Fault('DP7002', `the stored result ${name} ${what}`, {
    hint: 'it counts as absent; run the task again',
  });
}

const SEAL =
  /^\ndp1 (?<kind>json|v8|text|bytes|buffer|items|index) +(?<length>\d{16}) (?<digest>[0-9a-f]{64})\n$/;
