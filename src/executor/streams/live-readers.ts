/** Finds the tasks of a plan that may read the stream of another one while it is written. */
import type { IndexedPlan } from '../../model/indexed-plan.ts';
import type { PlannedTask } from '../../model/plan.ts';

/**
 * Returns, by index of a producer, the tasks that may begin as soon as it has. Such a task needs no more than the stream itself before it can start:
 * no key (it is not cached), no output in its expressions, no ending other than success upstream.
 */
export function liveReaders(plan: IndexedPlan): ReadonlyMap<number, readonly number[]> {
  const readersOf = new Map<number, number[]>();
  for (const [producer, task] of plan.tasks.entries())
    if (isProducer(task)) readersOf.set(producer, []);
  if (readersOf.size === 0) return readersOf;
  for (const [reader, task] of plan.tasks.entries()) {
    if (!mayBeginEarly(task)) continue;
    for (const upstream of plan.upstreams[reader] ?? [])
      if (readsOnly(task, plan.task(upstream).name)) readersOf.get(upstream)?.push(reader);
  }
  for (const [producer, readers] of readersOf) if (readers.length === 0) readersOf.delete(producer);
  return readersOf;
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
    // Its total time would include that of its producer.
    settings.totalTimeout === null &&
    settings.queueTimeout === null &&
    decision.action === 'run'
  );
};

/** Only tasks on threads can share the memory of a live stream. */
const isOnThread = ({ work, settings }: PlannedTask): boolean =>
  work.is === 'function' && settings.isolation === 'thread';

/** Returns whether the task depends on the producer only for the items of its stream. */
const readsOnly = ({ dependsOn }: PlannedTask, producer: string): boolean =>
  dependsOn.every((edge) => edge.task !== producer || edge.kind === 'data');
