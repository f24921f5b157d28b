/** Returns the events that end a run which no process executes. They equal those that its process would have recorded. */
import type { LifecycleData, LifecycleTopic, RunEvent, TaskError } from '../../model/event.ts';
import type { Instant, TaskName } from '../../model/ids.ts';
import { withReason } from '../../model/recorded-reason.ts';
import { isFinished, type RunRecord, type TaskStatus } from '../../model/run.ts';
import { totalsOf } from './run-ending.ts';

export interface Cancellation {
  /** The reason given by the user; of a failure, why the open tasks do not run. */
  readonly words: string;
  /** Why the run failed; absent: it was cancelled. */
  readonly error?: TaskError;
  /** Number of the holder who records the events. */
  readonly epoch: number;
  readonly time: Instant;
}

/** `tasks` are all tasks of the run, including those without any event. */
export function cancellationOf(
  run: RunRecord,
  tasks: readonly TaskName[],
  { words, error, epoch, time }: Cancellation,
): RunEvent[] {
  const cancelled = withReason({ is: 'cancelled', words });
  const events: RunEvent[] = [];
  const record = <T extends LifecycleTopic>(
    topic: T,
    data: LifecycleData[T],
    task?: TaskName,
  ): void => {
    const id = `${run.runId}-${epoch}-${events.length + 1}`;
    const about = task === undefined ? {} : { task };
    // The cast is safe: the signature ties the data to the topic.
    events.push({ v: 1, id, topic, time, runId: run.runId, ...about, data } as unknown as RunEvent);
  };
  const names = new Set([...run.tasks.keys(), ...tasks]);
  const statuses: TaskStatus[] = [];
  for (const name of names) {
    const before = run.tasks.get(name)?.status ?? 'pending';
    const status = isFinished(before) ? before : 'cancelled';
    if (status !== before) record('run.task.cancelled', cancelled, name);
    if (!run.hooks.has(name)) statuses.push(status);
  }
  const totals = totalsOf(statuses);
  if (error === undefined) record('run.cancelled', { totals, ...cancelled });
  else record('run.failed', { totals, error });
  return events;
}
