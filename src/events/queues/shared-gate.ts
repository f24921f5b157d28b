import type { Milliseconds } from '../../model/ids.ts';
import { timedOut } from './queue.ts';
import type { SharedCount } from './shared-count.ts';
import { WaitList } from '../wait-list.ts';

export interface SharedGateParts<Brought, Gets> {
  /** The count that callers wait for. */
  readonly count: SharedCount;
  /** Lets one caller through; undefined when the count does not allow it now. The caller gets what it throws. */
  tryPass(brought: Brought): { readonly gets: Gets } | undefined;
  /** Throws when a blocked thread could never be woken. */
  checkBlocking(): void;
  /** The timer that keeps the process alive while callers wait. */
  readonly alive: { ref(): void; unref(): void };
}

/**
 * Lets callers of this thread through as a shared count allows, asynchronous ones in the order they came.
 * A blocking caller goes first: those before it cannot move while it stops the thread.
 */
export class SharedGate<Brought, Gets> {
  readonly #parts: SharedGateParts<Brought, Gets>;
  readonly #waiting = new WaitList<Brought, Gets>();
  #serving: Promise<void> | undefined;

  constructor(parts: SharedGateParts<Brought, Gets>) {
    this.#parts = parts;
  }

  async pass(brought: Brought, signal: AbortSignal | undefined): Promise<Gets> {
    signal?.throwIfAborted();
    const passed = this.#waiting.length === 0 ? this.#parts.tryPass(brought) : undefined;
    if (passed !== undefined) return passed.gets;
    const turn = this.#waiting.wait(brought, signal);
    if (this.#serving === undefined) this.#serving = this.#serve();
    this.#parts.alive.ref();
    try {
      return await turn;
    } finally {
      if (this.#waiting.length === 0) this.#parts.alive.unref();
    }
  }

  passSync(brought: Brought, timeout: Milliseconds = Infinity): Gets {
    const deadline = performance.now() + timeout;
    for (;;) {
      const passed = this.#parts.tryPass(brought);
      if (passed !== undefined) return passed.gets;
      this.#parts.checkBlocking();
      if (!this.#parts.count.changedSync(deadline - performance.now())) throw timedOut(timeout);
    }
  }

  /** Ends when no caller waits any more. It never rejects: an error goes to the caller it concerns. */
  async #serve(): Promise<void> {
    do {
      await this.#parts.count.changed();
      this.#passAllowed();
    } while (this.#waiting.length > 0);
    this.#serving = undefined;
  }

  #passAllowed(): void {
    for (let first = this.#waiting.first; first !== undefined; first = this.#waiting.first) {
      try {
        const passed = this.#parts.tryPass(first.brought);
        if (passed === undefined) return;
        this.#waiting.shift()?.resolve(passed.gets);
      } catch (error) {
        this.#waiting.shift()?.reject(error);
      }
    }
  }
}
