/**
 * What an attempt spends on waiting for others at live streams. Both sides of a stream may have a timeout, and neither is to
 * run out because the other one is slow: the thread that limits the attempt's time reads here how much of it was not its own.
 */
import type { Milliseconds } from '../model/ids.ts';

/** A place from which a producer can be held back. */
export interface Hold {
  /** From now on its producer stays near, or no longer has to. */
  count(does: boolean): void;
}

/** Words of the shared memory, in nanoseconds of the clock that all threads share. */
const TOTAL = 0;
/** When the wait that is under way began; 0: none is. */
const SINCE = 1;
const WORDS = 2;

export class Waiting {
  readonly memory: SharedArrayBuffer;
  readonly #words: BigInt64Array;
  readonly #holds = new Set<Hold>();
  /** What waits for items: holds, and iterations that have none. */
  readonly #hungry = new Set<object>();
  #waits = 0;
  #isOver = false;

  constructor(memory = new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new BigInt64Array(memory);
  }

  /** The wait that is under way included. */
  get elapsed(): Milliseconds {
    const since = Atomics.load(this.#words, SINCE);
    const total = Atomics.load(this.#words, TOTAL);
    return Number(since === 0n ? total : total + process.hrtime.bigint() - since) / 1e6;
  }

  /** A reader that begins. */
  join(hold: Hold): void {
    this.#holds.add(hold);
    this.#tell(hold);
  }

  leave(hold: Hold): void {
    this.#holds.delete(hold);
    hold.count(false);
  }

  /**
   * While an attempt waits for items in one place it holds nobody back from another: two readers of the same two streams, one
   * after the other in opposite orders, would else wait for each other for ever.
   */
  async forItems(wait: Promise<void>, place: Hold | undefined): Promise<void> {
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

  /** A producer that waits is still read from, and still reads: what it reads stays near. */
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

  /** The attempt has ended: an iteration that it left behind holds nobody back. */
  end(): void {
    this.#isOver = true;
    for (const hold of this.#holds) this.#tell(hold);
  }

  #tell(hold: Hold): void {
    const others = this.#hungry.size - (this.#hungry.has(hold) ? 1 : 0);
    hold.count(others === 0 && !this.#isOver);
  }
}
