/** The streams that producers of a run are writing, and who may read them meanwhile. */
import { LiveStream } from '../../io/live-stream.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { ResultAddress } from '../../model/result.ts';
import type { Argument } from '../ports/protocol.ts';

export interface LiveStreamsParts {
  /** The tasks that may read the stream of a producer, by its index. */
  readonly readersOf: ReadonlyMap<number, readonly number[]>;
  readonly clock: Clock;
  /** There is a stream to read that there was not before. */
  readonly wake: () => void;
}

/** The stream of a producer's attempt. */
interface OpenStream {
  readonly live: LiveStream;
  readonly at: ResultAddress;
  readonly readers: readonly number[];
  /** Until it has been going on for a while nobody begins to read it. */
  timer?: Timer;
  isOffered: boolean;
}

/** A stream that ends sooner is read as a stored one: readers then need no thread beside that of the producer. */
const OFFERED_AFTER_MS: Milliseconds = 20;

export class LiveStreams {
  readonly #parts: LiveStreamsParts;
  readonly #streams = new Map<number, OpenStream>();

  constructor(parts: LiveStreamsParts) {
    this.#parts = parts;
  }

  /** Returns what a producer's attempt shares with those who may read its stream; undefined when nobody may. */
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

  /** For each stream that is offered: the tasks that may read it. */
  *offered(): Generator<readonly number[]> {
    for (const { isOffered, readers } of this.#streams.values()) if (isOffered) yield readers;
  }

  offers(producer: number, reader: number): boolean {
    const stream = this.#streams.get(producer);
    return stream !== undefined && stream.isOffered && stream.readers.includes(reader);
  }

  /** Undefined when the producer is writing no stream. */
  argument(producer: number, reader: number): Argument | undefined {
    const stream = this.#streams.get(producer);
    if (stream === undefined) return undefined;
    const { at, live, readers } = stream;
    return { is: 'live', at, memory: live.memory, reader: readers.indexOf(reader) };
  }

  /** The producer's attempt gave no stream. Returns those who may have read it. */
  break(producer: number): readonly number[] {
    const stream = this.#streams.get(producer);
    if (stream === undefined) return [];
    stream.live.break();
    this.close(producer);
    return stream.readers;
  }

  /** No attempt of the reader is under way any more: whoever it held back continues. */
  leave(reader: number): void {
    for (const { live, readers } of this.#streams.values()) {
      const place = readers.indexOf(reader);
      if (place !== -1) live.release(place);
    }
  }

  /** The producer has its outcome. */
  close(producer: number): void {
    this.#streams.get(producer)?.timer?.clear();
    this.#streams.delete(producer);
  }

  stop(): void {
    for (const { timer } of this.#streams.values()) timer?.clear();
  }
}
