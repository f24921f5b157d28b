/** Going on with a run: what it was asked to do, what has changed since, and what of its work is kept. */
import type { RunId, TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { Dependency, Plan } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import type { RunRecord, TaskRecord } from '../model/run.ts';
import type { KeptParts } from '../planner/parts.ts';
import type { Selection } from '../planner/selection.ts';
import type { EarlierWork, KeptElements } from './request.ts';

/** What a run was asked to do, as it is kept with it. */
export interface RunRequest {
  readonly params: JsonObject;
  readonly selection: Selection;
  readonly tasks: readonly RequestedTask[];
  /** Runs whose results feed tasks from outside the selection; absent in what an older dp wrote. */
  readonly givenBy?: readonly RunId[];
  /** Runs whose results the plan counts on instead of running tasks. */
  readonly takesFrom?: readonly RunId[];
  /** Absent in what an older dp wrote. */
  readonly parts?: KeptParts;
}

export interface RequestedTask {
  readonly name: TaskName;
  readonly id: string;
  readonly codeHash: string;
  readonly level: number;
  readonly dependsOn: readonly Dependency[];
  /** Asked to run even where a stored result would do. */
  readonly forced?: true;
}

export function encodeRequest(
  { params, tasks, given }: Plan,
  selection: Selection,
  parts?: KeptParts,
): Uint8Array {
  const kept = tasks.map(({ name, id, codeHash, level, dependsOn, decision }): RequestedTask => {
    const isForced = decision.action === 'run' && decision.forced === true;
    return { name, id, codeHash, level, dependsOn, ...(isForced ? { forced: true } : {}) };
  });
  const givenBy = [...new Set([...given.values()].map(({ fromRun }) => fromRun))];
  const takesFrom = [
    ...new Set(
      tasks.flatMap(({ decision }) => (decision.action === 'cached' ? [decision.fromRun] : [])),
    ),
  ];
  const request: RunRequest = {
    params,
    selection,
    tasks: kept,
    givenBy,
    takesFrom,
    ...(parts === undefined ? {} : { parts }),
  };
  return Buffer.from(JSON.stringify(request));
}

export function decodeRequest(bytes: Uint8Array): RunRequest {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as RunRequest;
}

export interface TaskChange {
  readonly task: TaskName;
  /** A sentence. */
  readonly says: string;
}

/** The tasks that are not what they were; empty when the run can simply go on. */
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

/** What an earlier holder of the run left; undefined when it died before anything was on record: the run begins now. */
export async function earlierWork(
  run: RunRecord,
  has: (ref: ResultRef) => Promise<boolean>,
): Promise<EarlierWork | undefined> {
  return run.status === 'queued' ? undefined : keptWork(run, has);
}

/**
 * Tasks that succeeded and whose results are still there, whole; and how often each was tried.
 * Hooks run once for each end of a run: those of an end that is on record do not stand for the next.
 */
export async function keptWork(
  { tasks, hooks, finishedAt }: Pick<RunRecord, 'tasks' | 'hooks' | 'finishedAt'>,
  has: (ref: ResultRef) => Promise<boolean>,
): Promise<EarlierWork> {
  const outputs = new Map<TaskName, ResultRef>();
  const reused = new Set<TaskName>();
  const attempts = new Map<string, number>();
  const elementsOf = new Map<TaskName, KeptElements>();
  for (const [name, task] of tasks) {
    const { status, output, attempts: tried, elements } = task;
    attempts.set(name, tried);
    for (const [element, record] of elements?.entries() ?? [])
      attempts.set(`${name}/${element}`, record.attempts);
    const isSpent = finishedAt !== undefined && hooks[name] !== undefined;
    const isKept = !isSpent && (status === 'succeeded' || status === 'cached');
    if (isKept && output !== undefined && (await has(output))) {
      outputs.set(name, output);
      if (status === 'cached') reused.add(name);
    } else if (!isSpent) elementsOf.set(name, await keptElements(task, has));
  }
  return { outputs, reused, attempts, elements: elementsOf };
}

async function keptElements(
  { key = null, elements = [] }: TaskRecord,
  has: (ref: ResultRef) => Promise<boolean>,
): Promise<KeptElements> {
  const outputs = new Map<number, ResultRef>();
  for (const [number, { status, output }] of elements.entries())
    if (status === 'succeeded' && output !== undefined && (await has(output)))
      outputs.set(number, output);
  return { key, outputs };
}

/** What is on record of a task that an earlier holder of the run finished; undefined when none did. */
export function keptStatus(
  earlier: EarlierWork | undefined,
  task: TaskName,
): 'succeeded' | 'cached' | undefined {
  if (earlier?.outputs.has(task) !== true) return undefined;
  return earlier.reused.has(task) ? 'cached' : 'succeeded';
}
