/** Waiting for a lock that other processes hold for milliseconds at a time. */
import type { Milliseconds } from '../model/ids.ts';

export interface Patience {
  /** Blocks this thread. */
  readonly sleep: (duration: Milliseconds) => void;
  /** Returns a number from 0 up to 1, which keeps waiting processes out of step. */
  readonly random: () => number;
}

/** Longer than any regular transaction takes even on a slow disk: a process that still holds the lock is stuck. */
export const PATIENCE_LIMIT_MS = 60_000;

/** A try costs about 10 µs, so 24 waiting processes at this pace leave the processor to the one that works. */
const NAP_MS = 1;

/**
 * Retries while `isBusy` returns true; in the end throws the error of the last try.
 *
 * SQLite's own busy timeout sleeps longer the longer it has waited, up to 100 ms, so newcomers overtake and the first
 * starves: with 24 processes writing without a pause one waited 1.9 s. Here all try equally often: 0.2 s.
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
