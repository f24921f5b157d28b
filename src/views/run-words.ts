/** The outcome of a run and its tasks, in words. */
import { isFinished, type RunRecord, type TaskRecord, type TaskStatus } from '../model/run.ts';
import { taskReasonText } from './reasons.ts';

/** A run whose pipeline was read from standard input cannot be resumed: its file is gone. */
export const isResumable = ({ status, file }: RunRecord): boolean =>
  status !== 'succeeded' && !file.startsWith('<');

export function countsText(run: RunRecord): string {
  const tasks = [...run.tasks].filter(([name]) => !run.hooks.has(name));
  if (tasks.length === 0) return 'there was nothing to do';
  const counts = new Map<TaskStatus, number>();
  for (const [, { status }] of tasks) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${statusText(status)}`).join(', ');
}

/** Returns texts such as `skipped: when: 1 > 2 is false`, `cancelled by SIGINT`. */
export function statusAndReason(task: Pick<TaskRecord, 'status' | 'reason' | 'why'>): string {
  const words = statusText(task.status);
  const reason = taskReasonText(task);
  if (reason === undefined || reason === '') return words;
  return reason.startsWith(words) ? reason : `${words}: ${reason}`;
}

export const statusText = (status: TaskStatus): string => status.replace('_', ' ');

/** Returns texts such as `failed after 2 attempts`; a mapped task has no attempts of its own. */
export function howItFailed({ status, reason, attempts }: TaskRecord): string {
  const how = reason === 'crashed' ? 'crashed' : statusText(status);
  if (attempts === 0 || !isFinished(status)) return how;
  return `${how} after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
}
