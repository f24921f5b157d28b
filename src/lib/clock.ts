/** Time as dp sees it, in milliseconds: instants count from the epoch. In a simulation it advances only when told to. */
import { setLongTimeout } from './timer.ts';

export interface Clock {
  /** Returns the calendar time, which may jump. */
  now(): number;
  /** Returns the time since some fixed moment; it never goes back. */
  elapsed(): number;
  /** Calls `act` once, after any delay. */
  after(delayMs: number, act: () => void): Timer;
  /** Calls `act` once, after everything that is already queued. */
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
