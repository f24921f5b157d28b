/** A reader of the stream of a Redis broker that alone knows its position. */
import type { KeptEvent } from './intake.ts';
import type { EventSource } from './pulled-subscription.ts';
import { commandFault } from './redis-faults.ts';
import {
  BLOCK_MS,
  readBehind,
  type StreamReading,
  type StreamSnapshot,
  waitBehind,
} from './redis-stream.ts';
import { unlessStopped } from './unless-stopped.ts';

/** Counts what the server removes before it is read, by the number of entries that were ever added. */
export class PositionSource implements EventSource {
  readonly #reading: StreamReading;
  #id: Promise<string> | string;
  /** Number of entries added to the stream up to the position; undefined until the reader has caught up once. */
  #ordinal: number | undefined;
  #lost = 0;
  readonly #stopping = new AbortController();

  constructor(reading: StreamReading, start: Promise<string> | string) {
    this.#reading = reading;
    this.#id = start;
    // The reader receives the fault.
    if (typeof start !== 'string') start.catch(() => {});
  }

  get lost(): number {
    return this.#lost;
  }

  async read(): Promise<readonly KeptEvent[]> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const entries = await unlessStopped(this.#next(), signal);
      if (entries !== undefined && entries.length > 0) return entries;
    }
    return [];
  }

  async #next(): Promise<readonly KeptEvent[]> {
    try {
      return await this.#readBehind(await this.#id);
    } catch (error) {
      throw commandFault(error, this.#reading.stream.shown);
    }
  }

  async #readBehind(id: string): Promise<readonly KeptEvent[]> {
    const { redis, stream, count } = this.#reading;
    const snapshot = await readBehind(redis, stream, { id, count });
    this.#count(snapshot, id);
    let { entries } = snapshot;
    if (entries.length === 0) {
      entries = await waitBehind(redis, stream, { id, count, blockMs: BLOCK_MS });
      if (this.#ordinal !== undefined) this.#ordinal += entries.length;
    }
    const last = entries.at(-1);
    if (last !== undefined) this.#id = last.position;
    return entries;
  }

  handled(): void {
    // The position moved when the events were read; nobody else knows it.
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    this.#reading.redis.disconnect();
    return Promise.resolve();
  }

  #count({ entries, counts }: StreamSnapshot, id: string): void {
    if (counts === undefined) return;
    const removed = counts.added - counts.length;
    const before = this.#ordinal ?? (id === '0-0' ? removed : undefined);
    if (before !== undefined) this.#lost += Math.max(0, removed - before);
    const hasCaughtUp = entries.length < this.#reading.count;
    if (hasCaughtUp) this.#ordinal = counts.added;
    else if (before !== undefined) this.#ordinal = Math.max(before, removed) + entries.length;
  }
}
