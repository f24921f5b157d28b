/**
 * Time that an attempt spends waiting for others at live streams. Both sides of a stream may have a timeout, and neither is to
 * run out because the other one is slow: the thread that enforces the timeout reads here how much of the time was spent waiting.
 */
import type { Milliseconds } from '../model/ids.ts';

/** A reader that can hold a producer back. */
export interface BlockingReader {
  /** Sets whether the reader holds its producer back. */
  count(does: boolean): void;
}

/** Word of the shared memory: total waiting time, in nanoseconds of the clock that all threads share. */
const TOTAL = 0;
/** Start of the current wait; 0: none. */
const SINCE = 1;
const WORDS = 2;

export class Waiting {
  #shared: BigInt64Array<SharedArrayBuffer> | undefined;
  readonly #holds = new Set<BlockingReader>();
  /** Holds, and iterations without one, that are waiting for items. */
  readonly #hungry = new Set<object>();
  #waits = 0;
  #isOver = false;

  constructor(memory?: SharedArrayBuffer) {
    if (memory !== undefined) this.#shared = new BigInt64Array(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#words.buffer;
  }

  /** Made when first needed: most attempts never wait, and shared memory is costly to make. */
  get #words(): BigInt64Array<SharedArrayBuffer> {
    return (this.#shared ??= new BigInt64Array(
      new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT),
    ));
  }

  /** Total waiting time, including the current wait. */
  get elapsed(): Milliseconds {
    const since = Atomics.load(this.#words, SINCE);
    const total = Atomics.load(this.#words, TOTAL);
    return Number(since === 0n ? total : total + process.hrtime.bigint() - since) / 1e6;
  }

  /** Registers a reader that begins. */
  join(hold: BlockingReader): void {
    this.#holds.add(hold);
    this.#tell(hold);
  }

  leave(hold: BlockingReader): void {
    this.#holds.delete(hold);
    hold.count(false);
  }

  /**
   * An attempt that waits for items in one place holds no producer back in another: two readers of the same two streams, one
   * after the other in opposite orders, would otherwise wait for each other for ever.
   */
  async forItems(wait: Promise<void>, place: BlockingReader | undefined): Promise<void> {
    const hungry = place ?? {};
    this.#hungry.add(hungry);
    for (const hold of this.#holds) this.#tell(hold);
    try {
      await this.forReaders(wait);
    } finally {
      this.#hungry.delete(hungry);
      for (const hold of this.#holds) this.#tell(hold);
    }
  }

  /** A waiting producer is still read from, and still reads: its own holds stay in force. */
  async forReaders(wait: Promise<void>): Promise<void> {
    if (this.#waits++ === 0) Atomics.store(this.#words, SINCE, process.hrtime.bigint());
    try {
      await wait;
    } finally {
      if (--this.#waits === 0) {
        const since = Atomics.exchange(this.#words, SINCE, 0n);
        Atomics.add(this.#words, TOTAL, process.hrtime.bigint() - since);
      }
    }
  }

  /** Ends all holds when the attempt has ended, including those of abandoned iterations. */
  end(): void {
    this.#isOver = true;
    for (const hold of this.#holds) this.#tell(hold);
  }

  #tell(hold: BlockingReader): void {
    const others = this.#hungry.size - (this.#hungry.has(hold) ? 1 : 0);
    hold.count(others === 0 && !this.#isOver);
  }
}
