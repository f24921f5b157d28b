/** What a run comes to, once nothing more happens in it. */
import type { RunTotals } from '../../model/event.ts';
import type { TaskName } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { isFinished, type TaskStatus, type RunEnding } from '../../model/run.ts';
import type { Hook } from '../../model/task.ts';

export interface RunFacts {
  readonly tasks: readonly PlannedTask[];
  readonly statuses: readonly TaskStatus[];
  readonly isCancelled: boolean;
  readonly timedOut: boolean;
}

/** A run fails if any task failed that is not `fail_safe`; its leaves alone say nothing, and its hooks come after. */
export function statusOf({
  tasks,
  statuses,
  isCancelled,
  timedOut,
}: RunFacts): RunEnding['status'] {
  if (timedOut) return 'failed';
  if (isCancelled && withoutHooks(tasks, statuses).some(isOpen)) return 'cancelled';
  return failedOf(tasks, statuses).length > 0 ? 'failed' : 'succeeded';
}

/** A run that was cancelled neither succeeded nor failed. */
export function hooksFor(status: RunEnding['status']): readonly Hook[] {
  if (status === 'succeeded') return ['on_success', 'on_finish'];
  return status === 'failed' ? ['on_failure', 'on_finish'] : ['on_finish'];
}

export const withoutHooks = (
  tasks: readonly PlannedTask[],
  statuses: readonly TaskStatus[],
): TaskStatus[] => statuses.filter((_, index) => tasks[index]?.hook === undefined);

/** Without an outcome of its own. */
const isOpen = (status: TaskStatus): boolean => !isFinished(status) || status === 'cancelled';

/** Tasks for which the run fails. */
export function failedOf(
  tasks: readonly PlannedTask[],
  statuses: readonly TaskStatus[],
): TaskName[] {
  return tasks
    .filter((task, index) => task.hook === undefined && isFailure(task, statuses[index]))
    .map(({ name }) => name);
}

/** A hook failed that is not `fail_safe`: nothing about the run's outcome, but something for whoever waits for it. */
export function hasFailedHook(
  tasks: readonly PlannedTask[],
  statuses: readonly TaskStatus[],
): boolean {
  return tasks.some((task, index) => task.hook !== undefined && isFailure(task, statuses[index]));
}

const isFailure = ({ settings }: PlannedTask, status: TaskStatus | undefined): boolean =>
  (status === 'failed' || status === 'timed_out') && !settings.failSafe;

/** Counts tasks that are no hooks. */
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
