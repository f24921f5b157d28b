/** Stops the thread of a blocking call, which serves every link of the thread in between, so that no queue waits for another. */
import type { Milliseconds } from '../../model/ids.ts';

/** Links to other threads and processes that this thread serves while it is blocked. */
export const polled = new Set<{ poll(): boolean }>();

/** Counts what other threads have sent to this one, which wakes it. */
export const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Limits of the pause before the links are tried again: pipes ring no bell. */
const SHORTEST_PAUSE: Milliseconds = 0.02;
const LONGEST_PAUSE: Milliseconds = 1;

/** Stops the thread until `isOver`. Returns false when the timeout comes first. */
export function waitSync(isOver: () => boolean, timeout: Milliseconds = Infinity): boolean {
  const deadline = performance.now() + timeout;
  let pause = SHORTEST_PAUSE;
  while (!isOver()) {
    const rung = Atomics.load(bell, 0); // before the links are tried: what comes later ends the pause
    if (pollAll()) {
      pause = SHORTEST_PAUSE;
      continue;
    }
    if (isOver()) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    Atomics.wait(bell, 0, rung, Math.min(pause, left));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
  return true;
}

/** Wakes the thread whose bell it is. */
export function ring(itsBell: Int32Array): void {
  Atomics.add(itsBell, 0, 1);
  Atomics.notify(itsBell, 0);
}

function pollAll(): boolean {
  let isMoved = false;
  for (const link of polled) isMoved = link.poll() || isMoved;
  return isMoved;
}
