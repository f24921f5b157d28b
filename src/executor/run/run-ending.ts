/** Derives the outcome of a run from the statuses of its tasks. */
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

/** A run fails if any task failed that is not `fail_safe`, leaf or not; hooks do not count, as they run afterwards. */
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

/** Returns whether the task has no outcome of its own. */
const isOpen = (status: TaskStatus): boolean => !isFinished(status) || status === 'cancelled';

/** Returns the tasks whose failure fails the run. */
export function failedOf(
  tasks: readonly PlannedTask[],
  statuses: readonly TaskStatus[],
): TaskName[] {
  return tasks
    .filter((task, index) => task.hook === undefined && isFailure(task, statuses[index]))
    .map(({ name }) => name);
}

/** Returns whether a hook that is not `fail_safe` failed. This does not change the run's outcome, but its caller should know. */
export function hasFailedHook(
  tasks: readonly PlannedTask[],
  statuses: readonly TaskStatus[],
): boolean {
  return tasks.some((task, index) => task.hook !== undefined && isFailure(task, statuses[index]));
}

const isFailure = ({ settings }: PlannedTask, status: TaskStatus | undefined): boolean =>
  (status === 'failed' || status === 'timed_out') && !settings.failSafe;

/** Counts the tasks by status, without hooks. */
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
