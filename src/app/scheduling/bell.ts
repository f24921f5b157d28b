/** Lets a loop sleep until someone rings, or until some time has passed. A ring while the loop is awake is not lost. */
import type { Milliseconds } from '../../model/ids.ts';
import type { Clock } from '../../lib/clock.ts';

export class Bell {
  readonly #clock: Pick<Clock, 'after'>;
  #hasRung = false;
  #wake: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Settles at the next ring, at once when there was one since the last call, or after the time. */
  async rung(withinMs: Milliseconds): Promise<void> {
    if (!this.#hasRung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = this.#clock.after(withinMs, resolve);
      this.#wake = resolve;
      await promise;
      timer.clear();
      this.#wake = undefined;
    }
    this.#hasRung = false;
  }
}
