/** Time as the executor sees it. In a simulation it stands still until it is told to move. */
import type { Instant, Milliseconds } from '../model/ids.ts';
import { setLongTimeout } from './timer.ts';

export interface Clock {
  /** What a calendar shows; may jump. */
  now(): Instant;
  /** Since some fixed moment; never goes back. */
  elapsed(): Milliseconds;
  /** Acts once after any delay. */
  after(delayMs: Milliseconds, act: () => void): Timer;
  /** Acts once all that is happening now has happened. */
  soon(act: () => void): Timer;
}

export interface Timer {
  clear(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (delayMs, act) => setLongTimeout(act, delayMs),
  soon: (act) => {
    const turn = setImmediate(act);
    return { clear: () => clearImmediate(turn) };
  },
};
