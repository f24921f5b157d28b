/** Plans the retry of a run: which of its results are kept, and why every other task runs again. */
import type { RunId, TaskName } from '../model/ids.ts';
import type { Decision, Plan, PlannedTask, Again } from '../model/plan.ts';
import type { RetryReason } from '../model/reason.ts';
import type { ResultRef } from '../model/result.ts';
import type { TaskStatus } from '../model/run.ts';

/** The run that is retried, as far as it is known. */
export interface RetriedRun {
  readonly run: RunId;
  readonly statuses: ReadonlyMap<TaskName, TaskStatus>;
  /** Outputs that still exist and are intact. */
  readonly outputs: ReadonlyMap<TaskName, ResultRef>;
  /** Tasks that have changed since that run. */
  readonly changed: ReadonlySet<TaskName>;
}

/** Returns the plan with the kept results of the earlier run; stored results of other runs are not used. */
export function planRetry(plan: Plan, earlier: RetriedRun, again: Again): Plan {
  const running = new Set<TaskName>();
  const tasks = plan.tasks.map((task): PlannedTask => {
    const reason = reasonToRun(task, earlier, again, running);
    if (reason !== undefined) running.add(task.name);
    return { ...task, decision: decisionOn(task, earlier, reason) };
  });
  return { ...plan, tasks };
}

/** Returns undefined when the task's earlier result is kept. Upstream tasks come first in a plan. */
function reasonToRun(
  { name, dependsOn, hook }: PlannedTask,
  { run, statuses, outputs, changed }: RetriedRun,
  again: Again,
  running: ReadonlySet<TaskName>,
): RetryReason | undefined {
  if (hook !== undefined) return { is: 'hook_again' };
  if (again === 'all') return { is: 'retry_all', run };
  if (again.has(name)) return { is: 'retry_from_here', run };
  if (changed.has(name)) return { is: 'changed_since', run };
  const before = dependsOn.find(({ task }) => running.has(task));
  if (before !== undefined) return { is: 'follows_retried', task: before.task };
  const status = statuses.get(name);
  if (status === 'skipped') return undefined;
  if (status !== 'succeeded' && status !== 'cached')
    return { is: 'not_succeeded', run, ...(status && { status }) };
  return outputs.has(name) ? undefined : { is: 'result_damaged', run };
}

function decisionOn(
  { name, decision }: PlannedTask,
  { run, outputs }: RetriedRun,
  reason: RetryReason | undefined,
): Decision {
  if (decision.action === 'skip') return decision;
  if (reason !== undefined) return { action: 'run', reason, forced: true };
  const output = outputs.get(name);
  if (output !== undefined)
    return { action: 'cached', reason: { is: 'succeeded_before', run }, output, fromRun: run };
  return { action: 'run', reason: { is: 'skipped_before', run } };
}
