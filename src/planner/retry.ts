/** Doing a run over: which of its results stand, and why every other task runs again. */
import type { RunId, TaskName } from '../model/ids.ts';
import type { Decision, Plan, PlannedTask } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import type { TaskStatus } from '../model/run.ts';

/** What is known of the run that is done over. */
export interface EarlierRun {
  readonly run: RunId;
  readonly statuses: ReadonlyMap<TaskName, TaskStatus>;
  /** Outputs that are still there, whole. */
  readonly outputs: ReadonlyMap<TaskName, ResultRef>;
  /** Tasks that are not what they were then. */
  readonly changed: ReadonlySet<TaskName>;
}

/** `all`: every task again. Else only what did not succeed, what changed, the tasks named, and all that follows these. */
export type Again = 'all' | ReadonlySet<TaskName>;

/** The plan with what stands taken from the earlier run; a stored result of any other run is not looked for. */
export function planRetry(plan: Plan, earlier: EarlierRun, again: Again): Plan {
  const running = new Set<TaskName>();
  const tasks = plan.tasks.map((task): PlannedTask => {
    const reason = reasonToRun(task, earlier, again, running);
    if (reason !== undefined) running.add(task.name);
    return { ...task, decision: decisionOn(task, earlier, reason) };
  });
  return { ...plan, tasks };
}

/** Undefined when what the task came to in the earlier run stands. Upstreams come first in a plan. */
function reasonToRun(
  { name, dependsOn, hook }: PlannedTask,
  { run, statuses, outputs, changed }: EarlierRun,
  again: Again,
  running: ReadonlySet<TaskName>,
): string | undefined {
  if (hook !== undefined) return 'hooks belong to each run';
  if (again === 'all') return `run ${run} is done over`;
  if (again.has(name)) return `run ${run} is done over from here`;
  if (changed.has(name)) return `it has changed since run ${run}`;
  const before = dependsOn.find(({ task }) => running.has(task));
  if (before !== undefined) return `it follows ${before.task}, which runs again`;
  const status = statuses.get(name);
  if (status === 'skipped') return undefined;
  if (status !== 'succeeded' && status !== 'cached')
    return `${status ?? 'not reached'} in run ${run}`;
  return outputs.has(name) ? undefined : `its result of run ${run} is gone or altered`;
}

function decisionOn(
  { name, decision }: PlannedTask,
  { run, outputs }: EarlierRun,
  reason: string | undefined,
): Decision {
  if (decision.action === 'skip') return decision;
  if (reason !== undefined) return { action: 'run', reason, forced: true };
  const output = outputs.get(name);
  if (output !== undefined)
    return { action: 'cached', reason: `succeeded in run ${run}`, output, fromRun: run };
  return { action: 'run', reason: `skipped in run ${run}; its condition is asked again` };
}
