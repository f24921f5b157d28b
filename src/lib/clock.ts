/** Time as dp sees it: instants are milliseconds since the epoch, durations milliseconds. In a simulation it stands still until it is told to move. */
import { setLongTimeout } from './timer.ts';

export interface Clock {
  /** What a calendar shows; may jump. */
  now(): number;
  /** Since some fixed moment; never goes back. */
  elapsed(): number;
  /** Acts once after any delay. */
  after(delayMs: number, act: () => void): Timer;
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

/** Acts again and again, each time after the delay, until it is disposed of. */
export function every(clock: Pick<Clock, 'after'>, delayMs: number, act: () => void): Disposable {
  let timer: Timer;
  const wait = (): void => {
    timer = clock.after(delayMs, () => {
      wait();
      act();
    });
  };
  wait();
  return { [Symbol.dispose]: () => timer.clear() };
}

/** Settles after the delay, or as soon as the signal aborts. */
export async function delay(
  clock: Pick<Clock, 'after'>,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted === true) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(delayMs, resolve);
  const stop = (): void => {
    timer.clear();
    resolve();
  };
  signal?.addEventListener('abort', stop, { once: true });
  await promise;
  signal?.removeEventListener('abort', stop);
}
