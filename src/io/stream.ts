/**
 * A stream of items as a row of parts of about 1 MiB, each sealed, and an index that is written last: no index, no
 * result. Whoever keeps the parts (a folder, a bucket) hands in two functions; nothing here knows of disks.
 *
 * A part is lines of JSON, one an item. An item that JSON cannot carry stands between them as a frame: a byte 0xFF,
 * which UTF-8 text never has, the length in four bytes (little endian), and the structured-clone format of V8.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Fault } from '../model/fault.ts';
import type { Digest } from '../model/ids.ts';
import { asBuffer, deserialize, encodePlain, textOf } from './codec.ts';
import type { StreamOptions } from './io-manager.ts';
import type { LiveReader, LiveWriter, Reading } from './live-stream.ts';
import { altered, openSealed, seal } from './seal.ts';

export interface StreamIndex {
  readonly items: number;
  /** Of all payloads. */
  readonly bytes: number;
  /** Over all payloads in order: the same items have the same digest, wherever one part ends and the next begins. */
  readonly digest: Digest;
  readonly parts: readonly Part[];
}

interface Part {
  readonly items: number;
  readonly bytes: number;
  readonly digest: Digest;
}

/** What an earlier stream left behind, to begin with. */
interface Beginning {
  readonly get: Get;
  readonly name: string;
  readonly items: number;
}

type WriteOptions = Omit<StreamOptions, 'goesOn'> & { readonly beginning?: Beginning | undefined };
type Items = Iterable<unknown> | AsyncIterable<unknown>;

/** Keeps sealed bytes under a name; once it settles they are there whole. */
export type Put = (name: string, sealed: Buffer) => void;
/** Gives them back; undefined when there are none. */
export type Get = (name: string) => Uint8Array | undefined;

/**
 * Stores the items as they come, holding no more than one part. An item is written down at once, so that a producer
 * may use the same object again. An abort settles it even while the producer does not; nothing is put after that.
 * Throws what the producer throws, the signal's reason, or DP7001.
 */
export function writeStream(items: Items, put: Put, options: WriteOptions): Promise<StreamIndex> {
  return orAborted(writeAll(items, put, options), options.signal);
}

async function writeAll(items: Items, put: Put, options: WriteOptions): Promise<StreamIndex> {
  const { signal, live, isResumable = false, beginning } = options;
  using parts = new PartWriter(put, options);
  signal?.throwIfAborted();
  if (beginning !== undefined) await parts.begin(beginning);
  try {
    for await (const item of items) {
      signal?.throwIfAborted();
      // A producer that never waits for anything lets its thread hear of an abort.
      if (parts.add(item)) await setImmediate();
      if (live?.isHeldAt(parts.items) === true) {
        parts.show();
        await live.room(parts.items, signal);
      }
    }
  } catch (error) {
    if (isResumable && signal?.aborted !== true) parts.storePending();
    throw error;
  }
  signal?.throwIfAborted();
  return parts.end();
}

/** Items in the parts that are there from the first on, whole: without an index nobody else says how many there are. */
export async function itemsInParts(get: Get, name: string): Promise<number> {
  let items = 0;
  for (const { payload } of partsThere(get, name)) {
    items += countItems(payload);
    await setImmediate();
  }
  return items;
}

function* partsThere(get: Get, name: string): Generator<ReturnType<typeof storedPart>> {
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

/** Throws DP7002 when the index is absent, torn or altered. */
export function readIndex(get: Get, name: string): StreamIndex {
  const sealed = get(INDEX);
  if (sealed === undefined) throw altered(name, 'is not there');
  const { kind, payload } = openSealed(sealed, name);
  if (kind !== 'index') throw altered(name, 'is no stream');
  return JSON.parse(textOf(payload)) as StreamIndex;
}

/** One part in memory at a time; its checksum holds before its first item is given. Throws DP7002. */
export function* readItems(index: StreamIndex, get: Get, name: string): Generator {
  for (let part = 0; part < index.parts.length; part++) {
    yield* itemsIn(readPart(index, part, get, name));
  }
}

/**
 * The items of a stream that is being written, each as soon as it is shown or stored. One part in memory at a time.
 * Throws DP7005 when it breaks off, DP7002.
 */
export async function* readLive(live: LiveReader, get: Get, name: string): AsyncGenerator {
  using reading = live.begin();
  for (let part = 0, from = 0; ;) {
    const { news, isEnded } = reading;
    const { parts, bytes } = reading.written;
    if (part < parts) {
      yield* taken(reading, itemsIn(storedPart(part, get, name).payload.subarray(from)));
      part++;
      from = 0;
      await setImmediate(); // A reader that never waits lets its thread hear of an abort.
    } else if (from < bytes) {
      const shown = reading.shown(part, from, bytes);
      if (shown === undefined) continue;
      yield* taken(reading, itemsIn(shown));
      from = bytes;
    } else if (isEnded) return;
    else await reading.more(news);
  }
}

function* taken(reading: Reading, items: Iterable<unknown>): Generator {
  for (const item of items) {
    reading.took();
    yield item;
  }
}

/** Throws DP7002 unless all parts are there and whole. */
export function verifyParts(index: StreamIndex, get: Get, name: string): void {
  for (let part = 0; part < index.parts.length; part++) readPart(index, part, get, name);
}

/** The item `n`, from 0; only its part is read. Throws DP7002 when there is none. */
export function readItem(index: StreamIndex, n: number, get: Get, name: string): unknown {
  if (!Number.isSafeInteger(n) || n < 0 || n >= index.items) {
    throw altered(name, `has no item ${n}`);
  }
  let number = 0;
  let within = n;
  for (const { items } of index.parts) {
    if (within < items) break;
    within -= items;
    number++;
  }
  return itemsIn(readPart(index, number, get, name))
    .drop(within)
    .next().value;
}

/** Name of the index among those of the parts. */
export const INDEX = 'index';
/** A part is closed once its items take this much: bytes of frames, UTF-16 units of JSON. */
const PART_SIZE = 1024 * 1024;
/** Longer than most producers take for an item, shorter than anyone notices. */
const SHOWN_AFTER_MS = 10;
/** What a resumable stream may lose to a crash; each time makes a file. */
const STORED_AFTER_MS = 5_000;
const FRAME = 0xff;
const FRAME_HEAD = 5;
const LINE_FEED = 0x0a;

function partName(number: number): string {
  return `${String(number).padStart(6, '0')}.part`;
}

function readPart(index: StreamIndex, number: number, get: Get, name: string): Buffer {
  const { digest, payload } = storedPart(number, get, name);
  if (digest === index.parts[number]?.digest) return payload;
  throw altered(`${name}, part ${number},`, 'is not the one that was recorded');
}

function storedPart(
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

function countItems(payload: Buffer): number {
  let items = 0;
  for (let at = 0; at < payload.length; items++) {
    at =
      payload[at] === FRAME
        ? at + FRAME_HEAD + payload.readUInt32LE(at + 1)
        : payload.indexOf(LINE_FEED, at) + 1;
  }
  return items;
}

function* itemsIn(payload: Buffer): Generator {
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

/** Fills one part after another. */
class PartWriter implements Disposable {
  readonly #put: Put;
  readonly #onStored: StreamOptions['onStored'];
  readonly #live: LiveWriter | undefined;
  readonly #parts: Part[] = [];
  readonly #digest = createHash('sha256');
  #stored = 0;
  #bytes = 0;
  #pending = new PendingItems();
  #failure: { readonly error: unknown } | undefined;
  #showTimer: NodeJS.Timeout | undefined;
  #storeTimer: NodeJS.Timeout | undefined;
  readonly #isResumable: boolean;
  readonly #signal: AbortSignal | undefined;

  constructor(put: Put, { signal, onStored, live, isResumable = false }: WriteOptions) {
    this.#signal = signal;
    this.#put = put;
    this.#onStored = onStored;
    this.#live = live;
    this.#isResumable = isResumable;
  }

  /** Takes over what an earlier stream left. Throws DP7002 when that is no longer what was found. */
  async begin({ get, name, items }: Beginning): Promise<void> {
    for (const { payload } of partsThere(get, name)) {
      if (this.#stored >= items) break;
      this.#keep(payload, countItems(payload));
      await setImmediate();
      this.#signal?.throwIfAborted();
    }
    if (this.#stored !== items) throw altered(name, 'has changed since it was looked at');
  }

  get items(): number {
    return this.#stored + this.#pending.count;
  }

  /** True when that filled a part, which is then stored. */
  add(item: unknown): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#pending.add(encodePlain(item, `$[${this.items}]`));
    if (this.#pending.size >= PART_SIZE) {
      this.#store();
      return true;
    }
    if (this.#isResumable) this.#storeSoon();
    if (this.#live?.isAsked === true) this.show();
    else if (this.#live !== undefined) this.#showSoon();
    return false;
  }

  /** Whoever reads along may have all that was added. */
  show(): void {
    if (this.#live?.show(this.#pending.fresh()) === false) this.#store();
  }

  storePending(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#pending.count > 0) this.#store();
  }

  end(): StreamIndex {
    this.storePending();
    const index: StreamIndex = {
      items: this.#stored,
      bytes: this.#bytes,
      digest: this.#digest.digest('hex'),
      parts: this.#parts,
    };
    this.#put(INDEX, seal('index', JSON.stringify(index)).bytes);
    this.#live?.end();
    return index;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#showTimer);
    clearTimeout(this.#storeTimer);
  }

  #storeSoon(): void {
    this.#storeTimer ??= setTimeout(() => {
      this.#storeTimer = undefined;
      this.#inBetween(() => this.storePending());
    }, STORED_AFTER_MS);
  }

  /** While the producer is at work: what goes wrong is told when it gives something. */
  #inBetween(act: () => void): void {
    if (this.#signal?.aborted === true || this.#failure !== undefined) return;
    try {
      act();
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** An item must not wait for the next one, which may be long in coming. */
  #showSoon(): void {
    this.#showTimer ??= setTimeout(() => {
      this.#showTimer = undefined;
      this.#inBetween(() => this.show());
    }, SHOWN_AFTER_MS);
  }

  #store(): void {
    const pending = this.#pending;
    this.#pending = new PendingItems();
    this.#keep(pending.payload(), pending.count);
  }

  #keep(payload: Buffer, items: number): void {
    const { bytes, line } = seal('items', payload);
    this.#put(partName(this.#parts.length), bytes);
    this.#digest.update(payload);
    this.#parts.push({ items, bytes: line.length, digest: line.digest });
    this.#stored += items;
    this.#bytes += line.length;
    this.#live?.stored();
    this.#onStored?.(this.#stored);
  }
}

/** Items written down, waiting for their part to fill. Lines are kept as strings: one conversion for all is far cheaper. */
class PendingItems {
  count = 0;
  size = 0;
  readonly #pieces: Buffer[] = [];
  #fresh = 0;
  #lines = '';

  add(item: string | Buffer): void {
    this.count++;
    this.size += item.length + 1;
    if (typeof item === 'string') {
      this.#lines += `${item}\n`;
      return;
    }
    this.#closeLines();
    const head = Buffer.alloc(FRAME_HEAD, FRAME);
    head.writeUInt32LE(item.length, 1);
    this.#pieces.push(head, item);
  }

  payload(): Buffer {
    this.#closeLines();
    return joined(this.#pieces);
  }

  /** What was added since the last call. */
  fresh(): Buffer {
    this.#closeLines();
    const fresh = joined(this.#pieces.slice(this.#fresh));
    this.#fresh = this.#pieces.length;
    return fresh;
  }

  #closeLines(): void {
    if (this.#lines !== '') this.#pieces.push(Buffer.from(this.#lines));
    this.#lines = '';
  }
}

const joined = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);

/** `work`, or the signal's reason as soon as it aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  return promise;
}
