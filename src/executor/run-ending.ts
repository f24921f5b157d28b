/** What a run comes to, once nothing more happens in it. */
import type { RunTotals } from '../model/event.ts';
import type { PlannedTask } from '../model/plan.ts';
import type { TaskStatus } from '../model/run.ts';
import type { RunEnding } from './request.ts';

export interface RunFacts {
  readonly tasks: readonly PlannedTask[];
  readonly statuses: readonly TaskStatus[];
  readonly isCancelled: boolean;
  /** Tasks without an outcome of their own. */
  readonly open: number;
  readonly timedOut: boolean;
}

/** A run fails if any task failed that is not `fail_safe`; its leaves alone say nothing. */
export function endingOf({ tasks, statuses, isCancelled, open, timedOut }: RunFacts): RunEnding {
  if (timedOut) return { status: 'failed', timedOut };
  if (isCancelled && open > 0) return { status: 'cancelled', timedOut };
  const hasFailed = statuses.some(
    (status, number) =>
      (status === 'failed' || status === 'timed_out') && !tasks[number]!.settings.failSafe,
  );
  return { status: hasFailed ? 'failed' : 'succeeded', timedOut };
}

export function totalsOf(statuses: readonly TaskStatus[]): RunTotals {
  const count = (...wanted: TaskStatus[]): number =>
    statuses.filter((status) => wanted.includes(status)).length;
  return {
    succeeded: count('succeeded'),
    cached: count('cached'),
    failed: count('failed', 'timed_out'),
    skipped: count('skipped'),
    upstreamFailed: count('upstream_failed'),
    cancelled: count('cancelled'),
  };
}
