/** The streams that producers of a run are writing, and the tasks that may read them live. */
import { LiveStream } from '../../io/live-stream.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { ResultAddress } from '../../model/result.ts';
import type { Argument } from '../ports/protocol.ts';

export interface LiveStreamsParts {
  /** The tasks that may read the stream of a producer, by its index. */
  readonly readersOf: ReadonlyMap<number, readonly number[]>;
  readonly clock: Clock;
  /** Called when a new stream becomes available. */
  readonly wake: () => void;
}

/** The stream of a producer's attempt. */
interface OpenStream {
  readonly live: LiveStream;
  readonly at: ResultAddress;
  readonly readers: readonly number[];
  /** Runs until the stream is offered to readers. */
  timer?: Timer;
  isOffered: boolean;
}

/** A stream that ends sooner is read as a stored one, so that its readers need no thread in parallel to the producer's. */
const OFFERED_AFTER_MS: Milliseconds = 20;

export class LiveStreams {
  readonly #parts: LiveStreamsParts;
  readonly #streams = new Map<number, OpenStream>();

  constructor(parts: LiveStreamsParts) {
    this.#parts = parts;
  }

  /** Returns the memory that a producer's attempt shares with its readers; undefined when it has none. */
  open(producer: number, address: () => ResultAddress): SharedArrayBuffer | undefined {
    const readers = this.#parts.readersOf.get(producer);
    if (readers === undefined) return undefined;
    const live = LiveStream.for(readers.length);
    this.#streams.set(producer, { live, at: address(), readers, isOffered: false });
    return live.memory;
  }

  begun(producer: number): void {
    const { clock, wake } = this.#parts;
    const stream = this.#streams.get(producer);
    if (stream === undefined) return;
    stream.timer = clock.after(OFFERED_AFTER_MS, () => {
      stream.isOffered = true;
      wake();
    });
  }

  /** Yields, for each stream that is offered, the tasks that may read it. */
  *offered(): Generator<readonly number[]> {
    for (const { isOffered, readers } of this.#streams.values()) if (isOffered) yield readers;
  }

  offers(producer: number, reader: number): boolean {
    const stream = this.#streams.get(producer);
    return stream !== undefined && stream.isOffered && stream.readers.includes(reader);
  }

  /** Returns undefined when the producer is writing no stream. */
  argument(producer: number, reader: number): Argument | undefined {
    const stream = this.#streams.get(producer);
    if (stream === undefined) return undefined;
    const { at, live, readers } = stream;
    return { is: 'live', at, memory: live.memory, reader: readers.indexOf(reader) };
  }

  /** Closes a stream that the producer's attempt did not complete. Returns the tasks that may have read it. */
  break(producer: number): readonly number[] {
    const stream = this.#streams.get(producer);
    if (stream === undefined) return [];
    stream.live.break();
    this.close(producer);
    return stream.readers;
  }

  /** Removes a reader whose attempt has ended, so that it no longer blocks its producers. */
  leave(reader: number): void {
    for (const { live, readers } of this.#streams.values()) {
      const place = readers.indexOf(reader);
      if (place !== -1) live.release(place);
    }
  }

  /** Closes the stream of a producer that has its outcome. */
  close(producer: number): void {
    this.#streams.get(producer)?.timer?.clear();
    this.#streams.delete(producer);
  }

  stop(): void {
    for (const { timer } of this.#streams.values()) timer?.clear();
  }
}
