/** Doing a run over: which of its results stand, and why every other task runs again. */
import type { RunId, TaskName } from '../model/ids.ts';
import type { Decision, Plan, PlannedTask, Again } from '../model/plan.ts';
import type { RetryReason } from '../model/reason.ts';
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
  { run, outputs }: EarlierRun,
  reason: RetryReason | undefined,
): Decision {
  if (decision.action === 'skip') return decision;
  if (reason !== undefined) return { action: 'run', reason, forced: true };
  const output = outputs.get(name);
  if (output !== undefined)
    return { action: 'cached', reason: { is: 'succeeded_before', run }, output, fromRun: run };
  return { action: 'run', reason: { is: 'skipped_before', run } };
}
