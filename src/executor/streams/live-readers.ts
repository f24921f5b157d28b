/** Which tasks of a plan may read the stream of another one while it is written. */
import type { PlannedTask } from '../../model/plan.ts';

/**
 * By producer: the tasks that may begin as soon as it has. Such a task needs no more than the stream itself before it can start:
 * no key (it is not cached), no output in its expressions, no ending other than success upstream.
 */
export function liveReaders(tasks: readonly PlannedTask[]): ReadonlyMap<number, readonly number[]> {
  const producers = new Map<string, number>();
  for (const [number, task] of tasks.entries())
    if (isProducer(task)) producers.set(task.name, number);
  const readers = new Map<number, number[]>();
  if (producers.size === 0) return readers;
  for (const [number, task] of tasks.entries()) {
    if (!mayBeginEarly(task)) continue;
    for (const name of new Set(task.dependsOn.map((edge) => edge.task))) {
      const producer = producers.get(name);
      if (producer === undefined || !readsOnly(task, name)) continue;
      const known = readers.get(producer);
      if (known === undefined) readers.set(producer, [number]);
      else known.push(number);
    }
  }
  return readers;
}

const isProducer = (task: PlannedTask): boolean =>
  isOnThread(task) &&
  task.map === undefined &&
  task.settings.streamOutput &&
  task.decision.action === 'run';

const mayBeginEarly = (task: PlannedTask): boolean => {
  const { map, settings, mentions, decision } = task;
  return (
    isOnThread(task) &&
    map === undefined &&
    mentions.length === 0 &&
    settings.cache === false &&
    settings.triggerRule === 'all_success' &&
    // Its time would be that of its producer.
    settings.totalTimeout === null &&
    settings.queueTimeout === null &&
    decision.action === 'run'
  );
};

/** The two sides of a live stream share memory. */
const isOnThread = ({ work, settings }: PlannedTask): boolean =>
  work.is === 'function' && settings.isolation === 'thread';

/** It waits for that task for nothing but its items. */
const readsOnly = ({ dependsOn }: PlannedTask, producer: string): boolean =>
  dependsOn.every((edge) => edge.task !== producer || edge.kind === 'data');
