/** Resuming a run: detects what has changed since its request, and which of its work is kept. */
import type { TaskName } from '../../model/ids.ts';
import type { Plan } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import { hasResult, isFinished, type RunRecord, type TaskRecord } from '../../model/run.ts';
import type { WaitRecord } from '../../model/event.ts';
import type { EarlierWait, EarlierWork, KeptElements } from './earlier-work.ts';
import type { RunRequest } from './run-request.ts';

export interface TaskChange {
  readonly task: TaskName;
  /** Sentence that describes the change. */
  readonly says: string;
}

/** Returns the tasks that have changed; empty when the run can be resumed as it is. */
export function changesSince({ tasks }: RunRequest, plan: Plan): TaskChange[] {
  const before = new Map(tasks.map((task) => [task.name, task]));
  const changes: TaskChange[] = [];
  for (const { name: task, id, codeHash } of plan.tasks) {
    const old = before.get(task);
    before.delete(task);
    if (old === undefined) changes.push({ task, says: `task "${task}" is new` });
    else if (old.codeHash !== codeHash)
      changes.push({ task, says: `the code of task "${task}" has changed` });
    else if (old.id !== id)
      changes.push({ task, says: `task "${task}" or one before it is defined otherwise` });
  }
  for (const task of before.keys()) changes.push({ task, says: `task "${task}" is gone` });
  return changes;
}

/** Returns whether a result exists completely. */
type Has = (ref: ResultRef) => Promise<boolean>;

/** Returns the work of earlier holders; undefined when nothing was recorded, so that the run begins now. */
export async function earlierWork(run: RunRecord, has: Has): Promise<EarlierWork | undefined> {
  if (run.status === 'queued') return undefined;
  const kept = await keptOutputs(run, has);
  const attempts = new Map<string, number>();
  const elements = new Map<TaskName, KeptElements>();
  const waits = new Map<TaskName, EarlierWait>();
  for (const [name, task] of run.tasks) {
    attempts.set(name, task.attempts);
    if (task.wait !== undefined && !isSpent(name, run)) waits.set(name, continued(task.wait, task));
    for (const [element, record] of task.elements?.entries() ?? [])
      attempts.set(`${name}/${element}`, record.attempts);
    if (task.elements !== undefined && !kept.outputs.has(name) && !isSpent(name, run))
      elements.set(name, await keptElements(task, has));
  }
  return { ...kept, attempts, elements, waits };
}

const continued = (
  { after, since, until }: WaitRecord,
  { status }: Pick<TaskRecord, 'status'>,
): EarlierWait => (isFinished(status) ? { after, since } : { after, since, until });

/** Returns the outputs of the tasks that succeeded and whose results still exist completely. */
export async function keptOutputs(
  run: RunRecord,
  has: Has,
): Promise<Pick<EarlierWork, 'outputs' | 'reused'>> {
  const outputs = new Map<TaskName, ResultRef>();
  const reused = new Set<TaskName>();
  for (const [name, { status, output }] of run.tasks) {
    const isKept = !isSpent(name, run) && (status === 'succeeded' || status === 'cached');
    if (!isKept || output === undefined || !(await has(output))) continue;
    outputs.set(name, output);
    if (status === 'cached') reused.add(name);
  }
  return { outputs, reused };
}

/** Hooks run once for each end of a run: those that ran for a recorded end run again for the next one. */
const isSpent = (task: TaskName, { hooks, finishedAt }: RunRecord): boolean =>
  finishedAt !== undefined && hooks.has(task);

/** Returns the elements that succeeded and whose results still exist completely. */
export async function keptElements(
  { key = null, elements = [] }: TaskRecord,
  has: Has,
): Promise<KeptElements> {
  const outputs = new Map<number, ResultRef>();
  for (const [number, element] of elements.entries()) {
    const { output } = element;
    if (hasResult(element) && output !== undefined && (await has(output)))
      outputs.set(number, output);
  }
  return { key, outputs };
}
