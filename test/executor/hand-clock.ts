/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../../src/lib/clock.ts';

export class HandClock implements Clock {
  /** Timers that are armed. */
  readonly armed = new Set<{ readonly at: number; readonly act: () => void }>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(delayMs: number, act: () => void): Timer {
    const timer = { at: this.#now + delayMs, act };
    this.armed.add(timer);
    return { clear: () => void this.armed.delete(timer) };
  }

  soon(act: () => void): Timer {
    return this.after(0, act);
  }

  /** What is due goes off in the order of its time, that armed meanwhile included. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.armed].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.armed.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = until;
  }
}
