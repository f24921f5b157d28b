/**
 * A stream of items as a sequence of parts of about 1 MiB, each sealed, and an index that is written last: without an index
 * there is no result. The owner of the parts (a folder, a bucket) passes two functions; nothing here knows of disks.
 */
import { setImmediate } from 'node:timers/promises';
import { textOf } from './codec.ts';
import type { LiveReader, StreamIteration } from './live-stream.ts';
import { PartWriter, type WriteOptions } from './part-writer.ts';
import { altered, openSealed } from './seal.ts';
import {
  countItems,
  type Get,
  INDEX,
  itemsIn,
  partsThere,
  type Put,
  storedPart,
  type StreamIndex,
} from './stream-parts.ts';

type Items = Iterable<unknown> | AsyncIterable<unknown>;

/**
 * Stores the items as they arrive, holding no more than one part. An item is serialized at once, so that a producer
 * may reuse the same object. An abort settles it even if the producer does not; nothing is put after that.
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
      // If the producer never waits, this lets the thread notice an abort.
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

/** Counts the items in the intact parts from the first on: without an index, only the parts tell how many there are. */
export async function itemsInParts(get: Get, name: string): Promise<number> {
  let items = 0;
  for (const { payload } of partsThere(get, name)) {
    items += countItems(payload);
    await setImmediate();
  }
  return items;
}

/** Throws DP7002 when the index is absent, torn or altered. */
export function readIndex(get: Get, name: string): StreamIndex {
  const sealed = get(INDEX);
  if (sealed === undefined) throw altered(name, 'is not there');
  const { kind, payload } = openSealed(sealed, name);
  if (kind !== 'index') throw altered(name, 'is no stream');
  return JSON.parse(textOf(payload)) as StreamIndex;
}

/** Holds one part in memory at a time; its checksum is verified before its first item is yielded. Throws DP7002. */
export function* readItems(index: StreamIndex, get: Get, name: string): Generator {
  for (let part = 0; part < index.parts.length; part++) {
    yield* itemsIn(readPart(index, part, get, name));
  }
}

/**
 * Yields the items of a stream that is being written, each as soon as it is shown or stored. One part is in memory at a time.
 * Throws DP7005 when the stream breaks off, DP7002 when a part is damaged.
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
      await setImmediate(); // If the reader never waits, this lets the thread notice an abort.
    } else if (from < bytes) {
      const shown = reading.shown(part, from, bytes);
      if (shown === undefined) continue;
      yield* taken(reading, itemsIn(shown));
      from = bytes;
    } else if (isEnded) return;
    else await reading.more(news);
  }
}

function* taken(reading: StreamIteration, items: Iterable<unknown>): Generator {
  for (const item of items) {
    reading.took();
    yield item;
  }
}

/** Throws DP7002 unless all parts are intact. */
export function verifyParts(index: StreamIndex, get: Get, name: string): void {
  for (let part = 0; part < index.parts.length; part++) readPart(index, part, get, name);
}

/** Returns item `n`, from 0; only its part is read. Throws DP7002 when there is none. */
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

function readPart(index: StreamIndex, number: number, get: Get, name: string): Buffer {
  const { digest, payload } = storedPart(number, get, name);
  if (digest === index.parts[number]?.digest) return payload;
  throw altered(`${name}, part ${number},`, 'is not the one that was recorded');
}

/** Settles like `work`, or rejects with the signal's reason as soon as it aborts. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  return promise;
}
