/** Waiting for a lock that other processes hold for milliseconds at a time. */
import type { Milliseconds } from '../model/ids.ts';

export interface Patience {
  /** Stops this thread. */
  readonly sleep: (duration: Milliseconds) => void;
  /** From 0 up to 1; keeps waiters out of step. */
  readonly random: () => number;
}

/** Longer than any honest transaction takes even on a crowded disk: whoever still holds the lock is stuck. */
export const PATIENCE_LIMIT_MS = 60_000;

/**
 * Tries again while `isBusy` says so; at the end throws what the last try threw.
 *
 * SQLite's own busy timeout naps longer the longer it has waited, so under load newcomers overtake and the first may
 * starve. Here naps grow shorter with the time waited: the oldest waiter asks most often.
 */
export function retryWhileBusy<T>(
  attempt: () => T,
  isBusy: (error: unknown) => boolean,
  patience: Patience = THREAD_PATIENCE,
): T {
  for (let waited = 0; ;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || waited >= PATIENCE_LIMIT_MS) throw error;
    }
    const nap = napAfter(waited) * (0.5 + patience.random());
    patience.sleep(nap);
    waited += nap;
  }
}

/** 2 ms at first, 1 ms after 50 ms, and never below a fifth of one: a try costs about 10 µs. */
function napAfter(waited: Milliseconds): Milliseconds {
  return Math.max(0.2, 2 / (1 + waited / 50));
}

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));
const THREAD_PATIENCE: Patience = {
  sleep: (duration) => void Atomics.wait(NEVER_WOKEN, 0, 0, duration),
  random: Math.random,
};
