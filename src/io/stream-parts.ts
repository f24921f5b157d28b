/**
 * The parts of a stream: sealed bytes come in, items go out.
 *
 * A part is lines of JSON, one an item. An item that JSON cannot carry stands between them as a frame: a byte 0xFF,
 * which UTF-8 text never has, the length in four bytes (little endian), and the structured-clone format of V8.
 */
import type { Digest } from '../model/ids.ts';
import { Fault } from '../model/fault.ts';
import { asBuffer, deserialize } from './codec.ts';
import { altered, openSealed } from './seal.ts';

export interface StreamIndex {
  readonly items: number;
  /** Bytes of all payloads. */
  readonly bytes: number;
  /** Digest of all payloads in order: the same items have the same digest, however they are divided into parts. */
  readonly digest: Digest;
  readonly parts: readonly Part[];
}

export interface Part {
  readonly items: number;
  readonly bytes: number;
  readonly digest: Digest;
}

/** Stores sealed bytes under a name, atomically. */
export type Put = (name: string, sealed: Buffer) => void;
/** Returns the bytes stored under a name; undefined when there are none. */
export type Get = (name: string) => Uint8Array | undefined;

/** Name of the index among those of the parts. */
export const INDEX = 'index';
export const FRAME = 0xff;
export const FRAME_HEAD = 5;
const LINE_FEED = 0x0a;

export function partName(number: number): string {
  return `${String(number).padStart(6, '0')}.part`;
}

/** Returns whether a file of this name can lie in the folder of a stream. */
export function isPartOfStream(name: string): boolean {
  return name === INDEX || /^\d{6,12}\.part$/.test(name);
}

export function storedPart(
  number: number,
  get: Get,
  name: string,
): { readonly digest: Digest; readonly payload: Buffer } {
  const part = `${name}, part ${number},`;
  const sealed = get(partName(number));
  if (sealed === undefined) throw altered(part, 'is not there');
  const { kind, digest, payload } = openSealed(sealed, part);
  if (kind !== 'items') throw altered(part, 'is not the one that was recorded');
  return { digest, payload: asBuffer(payload) };
}

/** Yields the intact parts from the first on, up to a gap or damage. */
export function* partsThere(get: Get, name: string): Generator<ReturnType<typeof storedPart>> {
  for (let number = 0; ; number++) {
    let part;
    try {
      part = storedPart(number, get, name);
    } catch (error) {
      if (error instanceof Fault && error.code === 'DP7002') return;
      throw error;
    }
    yield part;
  }
}

export function countItems(payload: Buffer): number {
  let items = 0;
  for (let at = 0; at < payload.length; items++) {
    at =
      payload[at] === FRAME
        ? at + FRAME_HEAD + payload.readUInt32LE(at + 1)
        : payload.indexOf(LINE_FEED, at) + 1;
  }
  return items;
}

export function* itemsIn(payload: Buffer): Generator {
  for (let at = 0; at < payload.length;) {
    if (payload[at] === FRAME) {
      const start = at + FRAME_HEAD;
      at = start + payload.readUInt32LE(at + 1);
      yield deserialize(payload.subarray(start, at));
    } else {
      const end = payload.indexOf(LINE_FEED, at);
      yield JSON.parse(payload.toString('utf8', at, end));
      at = end + 1;
    }
  }
}
