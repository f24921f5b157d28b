import type { Milliseconds } from '../../model/ids.ts';

/** The bit that marks a closed count; the bits below it are the count. */
const CLOSED = 1 << 30;

/**
 * A counting semaphore in shared memory: one thread gives permits, another takes them and can wait for them.
 * Closing it changes the word that waiters watch, so no wait can miss it.
 */
export class SharedCount {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  get isClosed(): boolean {
    return (Atomics.load(this.#words, this.#at) & CLOSED) !== 0;
  }

  /** Takes one permit if there is any, even of a closed count. */
  tryTake(): boolean {
    for (;;) {
      const word = Atomics.load(this.#words, this.#at);
      if ((word & ~CLOSED) === 0) return false;
      if (Atomics.compareExchange(this.#words, this.#at, word, word - 1) === word) return true;
    }
  }

  give(): void {
    Atomics.add(this.#words, this.#at, 1);
    this.#wake();
  }

  close(): void {
    Atomics.or(this.#words, this.#at, CLOSED);
    this.#wake();
  }

  /** Settles when the count may be above zero or closed. Does not keep the process alive. */
  async changed(): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, this.#at, 0);
    if (wait.async) await wait.value;
  }

  /** Stops the thread until what `changed` waits for; returns false after the timeout. */
  changedSync(timeout: Milliseconds = Infinity): boolean {
    return Atomics.wait(this.#words, this.#at, 0, timeout) !== 'timed-out';
  }

  /** Wakes all waiters: a single one might be an asynchronous wait that was given up. */
  #wake(): void {
    Atomics.notify(this.#words, this.#at);
  }
}
