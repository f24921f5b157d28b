/** The limits of a job: its time, and the time between two signs of life. */
import type { Milliseconds, Seconds } from '../../model/ids.ts';
import type { TaskError } from '../../model/event.ts';
import { setLongTimeout } from '../../lib/timer.ts';
import type { Timer } from '../../lib/clock.ts';
import type { Pulse } from '../ports/pulse.ts';
import type { Job, Worker } from '../ports/worker.ts';
import { timeoutError } from '../worker/task-error.ts';

/** Starts the limits of a job whose worker has started up; clearing the timer lifts them. */
export function limitTime(
  { attempt, waiting }: Job,
  { pulse }: Worker,
  exceeded: (error: TaskError) => void,
): Timer {
  const { timeout, heartbeat } = attempt.task.settings;
  const waitedMs = (): Milliseconds => waiting?.elapsed ?? 0;
  const limits: Timer[] = [];
  if (timeout !== null) {
    const error = timeoutError('DP6002', `did not end within its timeout of ${timeout} s`);
    limits.push(limitOwnTime(timeout, waitedMs, () => exceeded(error)));
  }
  if (heartbeat !== null && pulse !== undefined)
    limits.push(
      limitSilence({ pulse, heartbeat, waitedMs }, () => exceeded(silenceError(heartbeat))),
    );
  return {
    clear() {
      for (const limit of limits) limit.clear();
    },
  };
}

export const silenceError = (heartbeat: Seconds | null): TaskError =>
  timeoutError('DP6012', `sent no heartbeat for ${heartbeat} s`);

/** Limits the time of a job without the time that it waits for the other side of a live stream. */
function limitOwnTime(timeout: Seconds, waitedMs: () => Milliseconds, exceeded: () => void): Timer {
  const began = performance.now();
  return repeat(timeout * 1000, () => {
    const waited = waitedMs();
    const leftMs = waited === 0 ? 0 : timeout * 1000 - (performance.now() - began - waited);
    if (leftMs <= 0) exceeded();
    return leftMs;
  });
}

/**
 * The worker itself notes its signs of life: that this thread was busy and looks late hurts nobody.
 * A job that waits for the other side of a live stream is not the one that is silent.
 */
function limitSilence(
  {
    pulse,
    heartbeat,
    waitedMs,
  }: { pulse: Pulse; heartbeat: Seconds; waitedMs: () => Milliseconds },
  exceeded: () => void,
): Timer {
  const limitMs = heartbeat * 1000;
  let waitedBefore = 0;
  pulse.beat();
  return repeat(limitMs, () => {
    const waited = waitedMs();
    const silentMs = waited > waitedBefore ? 0 : pulse.silentMs;
    waitedBefore = waited;
    if (silentMs >= limitMs) exceeded();
    return limitMs - silentMs;
  });
}

/** Calls `look` after a delay, and again after the delay that it returns, until it returns undefined. */
function repeat(delayMs: Milliseconds, look: () => Milliseconds): Timer {
  let timer: Timer;
  const arm = (afterMs: Milliseconds): void => {
    timer = setLongTimeout(() => {
      const next = look();
      if (next > 0) arm(next);
    }, afterMs);
  };
  arm(delayMs);
  return { clear: () => timer.clear() };
}
