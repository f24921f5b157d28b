/** Chooses stored results that a run computes again for comparison: a sample of the tasks that it would not have run. */
import { digestOf, type Digest, type RunId, type TaskName } from '../model/ids.ts';
import type { Plan, PlannedTask, Sample } from '../model/plan.ts';
import type { RunReason } from '../model/reason.ts';
import { outputDigest } from './identity.ts';
import type { History, StoredOutput } from './planner.ts';

/** A recorded result that a task is expected to reproduce under the same key. */
export interface Expected extends StoredOutput {
  readonly key: Digest;
}

/** Returns the sample. The same run always chooses the same tasks; another run chooses others. */
export function sampleOf(plan: Plan, run: RunId, sample: Sample): ReadonlySet<TaskName> {
  const ranked = plan.tasks
    .filter(mayBeReused)
    .map(({ name }) => ({ name, rank: digestOf([run, name]) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const count = 'tasks' in sample ? sample.tasks : Math.ceil(ranked.length * sample.share);
  return new Set(ranked.slice(0, Math.max(1, count)).map(({ name }) => name));
}

/** Returns whether the task's result may be reused; this includes tasks whose key is computed only during the run. */
function mayBeReused({ decision, settings, key }: PlannedTask): boolean {
  if (decision.action === 'cached') return true;
  return decision.action === 'run' && settings.cache !== false && key === null && !decision.forced;
}

/** Returns the plan in which the sample runs. */
export function verifying(plan: Plan, sample: ReadonlySet<TaskName>): Plan {
  const tasks = plan.tasks.map((task): PlannedTask => {
    if (!sample.has(task.name)) return task;
    const { decision } = task;
    const of = decision.action === 'cached' ? { run: decision.fromRun } : {};
    const reason: RunReason = { is: 'verified', ...of };
    return { ...task, decision: { action: 'run', reason, forced: true } };
  });
  return { ...plan, tasks };
}

/** Returns the expected results of the sample. A task whose key is not known yet is expected to give its last result if the key stays. */
export function expectedOf(
  plan: Plan,
  sample: ReadonlySet<TaskName>,
  last: History['last'],
): ReadonlyMap<TaskName, Expected> {
  const expected = new Map<TaskName, Expected>();
  for (const { name, key, decision } of plan.tasks) {
    if (!sample.has(name)) continue;
    if (decision.action === 'cached' && key !== null)
      expected.set(name, { key, output: decision.output, run: decision.fromRun });
    else {
      const before = last(name);
      const known = before?.key ?? null;
      if (before !== undefined && known !== null) expected.set(name, { ...before, key: known });
    }
  }
  return expected;
}

/** Returns whether a fresh result differs from the expected one under the same key. */
export const isOther = (
  { key, output }: Expected,
  fresh: { readonly key: Digest | null; readonly output: Expected['output'] },
): boolean => fresh.key === key && outputDigest(fresh.output) !== outputDigest(output);
