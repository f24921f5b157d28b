/** Returns the events that cancel a run which no process executes. They equal those that its process would have recorded. */
import type { LifecycleData, LifecycleTopic, RunEvent } from '../../model/event.ts';
import type { Instant, TaskName } from '../../model/ids.ts';
import { isFinished, type RunRecord, type TaskStatus } from '../../model/run.ts';
import { totalsOf } from './run-ending.ts';

/** `tasks` are all tasks of the run, including those without any event. `epoch` is that of the holder who records the events. */
export function cancellationOf(
  run: RunRecord,
  tasks: readonly TaskName[],
  {
    reason,
    epoch,
    time,
  }: { readonly reason: string; readonly epoch: number; readonly time: Instant },
): RunEvent[] {
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
    if (status !== before) record('run.task.cancelled', { reason }, name);
    if (!run.hooks.has(name)) statuses.push(status);
  }
  record('run.cancelled', { totals: totalsOf(statuses), reason });
  return events;
}
