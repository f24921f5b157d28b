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

/** Asking costs about 10 µs, so that 24 waiters at this pace leave the processor to the one that works. */
const NAP_MS = 1;

/**
 * Tries again while `isBusy` says so; at the end throws what the last try threw.
 *
 * SQLite's own busy timeout naps longer the longer it has waited, up to 100 ms, so newcomers overtake and the first
 * starves: with 24 processes writing without a pause one waited 1.9 s. Here all ask equally often: 0.2 s.
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
    const nap = NAP_MS * (0.5 + patience.random());
    patience.sleep(nap);
    waited += nap;
  }
}

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));
const THREAD_PATIENCE: Patience = {
  sleep: (duration) => void Atomics.wait(NEVER_WOKEN, 0, 0, duration),
  random: Math.random,
};
