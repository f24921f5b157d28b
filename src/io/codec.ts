/** Values become payloads and payloads values again. Data only: nothing is evaluated, no class is revived by name. */
import { DefaultDeserializer, getHeapStatistics, serialize } from 'node:v8';
import { Fault, impossible } from '../model/fault.ts';
import { messageOf, survey } from './plain-data.ts';

/** A task's module may replace these functions in its thread; the stored data must not depend on that. */
const { parse, stringify } = JSON;

/**
 * Format of a payload. `json` is used wherever JSON returns an equal value (equal values then have equal bytes,
 * which the structured-clone format of V8 does not promise), `v8` otherwise. `buffer` and `bytes` are the raw
 * bytes of a Buffer and of a Uint8Array: each comes back as what it was. `text` is a string in UTF-8.
 */
export type PayloadKind = 'json' | 'v8' | 'text' | 'bytes' | 'buffer';

export interface Encoded {
  readonly kind: PayloadKind;
  readonly payload: string | Uint8Array;
}

/** Throws DP7001. Text and JSON are returned as strings, to be written as UTF-8. */
export function encode(value: unknown): Encoded {
  // An unpaired surrogate does not survive UTF-8; JSON escapes it.
  if (typeof value === 'string' && value.isWellFormed()) return { kind: 'text', payload: value };
  if (value instanceof Uint8Array) {
    survey(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Buffer.prototype) return { kind: 'buffer', payload: value };
    if (prototype === Uint8Array.prototype) return { kind: 'bytes', payload: value };
  }
  const payload = encodePlain(value);
  return { kind: typeof payload === 'string' ? 'json' : 'v8', payload };
}

/** Returns JSON as a string, or the structured-clone format as bytes. `root` names the value in a fault. */
export function encodePlain(value: unknown, root = '$'): string | Buffer {
  const { fits, characters } = survey(value, root);
  try {
    const json = fits === 'json' && hasRoomFor(characters) ? jsonOf(value) : undefined;
    return json ?? serialize(value);
  } catch (error) {
    throw new Fault('DP7001', `${root} cannot be stored: ${messageOf(error)}`, { cause: error });
  }
}

/** Returns a value that never shares memory with `payload`. */
export function decode(kind: PayloadKind, payload: Uint8Array): unknown {
  switch (kind) {
    case 'json':
      return parse(textOf(payload));
    case 'v8':
      return deserialize(payload);
    case 'text':
      return textOf(payload);
    case 'bytes':
      return new Uint8Array(payload);
    case 'buffer':
      return Buffer.from(new Uint8Array(payload).buffer);
    default:
      return impossible(kind);
  }
}

export function textOf(payload: Uint8Array): string {
  return asBuffer(payload).toString('utf8');
}

/** Throws DP7002 for bytes that a newer Node.js wrote. */
export function deserialize(payload: Uint8Array): unknown {
  try {
    const reader = new OwnMemoryDeserializer(asBuffer(payload));
    reader.readHeader();
    return reader.readValue();
  } catch (error) {
    throw new Fault('DP7002', 'the stored value is in a format this version cannot read', {
      hint: 'it counts as absent; run the task again',
      cause: error,
    });
  }
}

/** Returns the same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Texts shorter than this are assumed to fit. */
const SMALL_CHARACTERS = 1024 * 1024;

/**
 * Returns whether a text of so many characters fits in this thread's heap. One that does not would end the whole process,
 * not just the thread; the output of `serialize` lies outside the heap.
 */
function hasRoomFor(characters: number): boolean {
  if (characters < SMALL_CHARACTERS) return true;
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  // Counts two bytes for each character, and as much again while the text grows.
  return characters * 4 < limit - used;
}

/** Returns undefined when the text would be longer than a string can be. */
function jsonOf(value: unknown): string | undefined {
  try {
    return stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Documented by Node, but absent from its types. */
interface ViewReader {
  _readHostObject(): NodeJS.TypedArray<ArrayBuffer> | DataView<ArrayBuffer>;
}
type BinaryView = ReturnType<ViewReader['_readHostObject']>;

const NodeDeserializer = DefaultDeserializer as unknown as new (
  bytes: Buffer,
) => DefaultDeserializer & ViewReader;

/** Node's own reader returns views onto the payload, so that `view.buffer` would expose it and two readers would share it. */
class OwnMemoryDeserializer extends NodeDeserializer {
  override _readHostObject(): BinaryView {
    // oxlint-disable-next-line no-underscore-dangle -- the name is Node's
    const view = super._readHostObject();
    const memory = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    if (Buffer.isBuffer(view)) return Buffer.from(memory);
    const View = view.constructor as new (memory: ArrayBuffer) => BinaryView;
    return new View(memory);
  }
}
