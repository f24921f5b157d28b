import type { Milliseconds } from '../../model/ids.ts';

/** Set in the word of a closed count; the bits below it count. */
const CLOSED = 1 << 30;

/**
 * A count in memory that threads share, each unit of it a permission: one thread gives, another takes and can wait for it.
 * Closing changes the word that waiters watch, so no wait can miss it.
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

  /** Closed or not: what was given can be taken. */
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

  /** Settles when the count is, or may be, above zero or closed. Does not keep the process alive. */
  async changed(): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, this.#at, 0);
    if (wait.async) await wait.value;
  }

  /** Stops the thread as `changed` waits; false when the time is over. */
  changedSync(timeout: Milliseconds = Infinity): boolean {
    return Atomics.wait(this.#words, this.#at, 0, timeout) !== 'timed-out';
  }

  /** All of them: one alone might be an asynchronous waiter that nobody listens to any more. */
  #wake(): void {
    Atomics.notify(this.#words, this.#at);
  }
}
