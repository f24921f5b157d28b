/** Records the beginning and the end of a run. */
import type { Owner, TaskError } from '../../model/event.ts';
import type { Milliseconds, RunId, Seconds, TaskName } from '../../model/ids.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import { recordedText, withReason } from '../../model/recorded-reason.ts';
import type { RunEnding } from '../../model/run.ts';
import type { Hook } from '../../model/task.ts';
import type { Journal } from './journal.ts';
import { hasFailedHook, statusOf, totalsOf, withoutHooks } from './run-ending.ts';
import type { RunState } from './run-state.ts';
import type { Settlement } from './settlement.ts';

export interface RunBeginning {
  readonly plan: Plan;
  readonly owner: Owner;
  readonly retryOf?: RunId;
  readonly parent?: { readonly runId: RunId; readonly task: TaskName };
}

export function recordBeginning(
  journal: Journal,
  { plan, owner, retryOf, parent }: RunBeginning,
): void {
  const { planId, pipeline, file, params, tasks } = plan;
  const hooks = hooksIn(tasks);
  const ordinary = tasks.length - Object.keys(hooks).length;
  journal.record('run.started', {
    pipeline,
    planId,
    file,
    params,
    tasks: ordinary,
    owner,
    ...(ordinary === tasks.length ? {} : { hooks }),
    ...(retryOf === undefined ? {} : { retryOf }),
    ...(parent === undefined ? {} : { parent: parent.runId, parentTask: parent.task }),
  });
}

function hooksIn(tasks: readonly PlannedTask[]): Record<TaskName, Hook> {
  const hooks: Record<TaskName, Hook> = {};
  for (const { name, hook } of tasks) if (hook !== undefined) hooks[name] = hook;
  return hooks;
}

/** Parts that are needed to record the end of a run. */
interface EndingParts {
  readonly run: RunState;
  readonly journal: Journal;
  readonly settlement: Settlement;
}

/** Returns how the run ends; the tasks without an outcome are cancelled. */
export function recordEnd(
  { run, journal, settlement }: EndingParts,
  elapsedMs: Milliseconds,
): RunEnding {
  const { facts, stop } = run;
  const status = statusOf(facts);
  if (stop !== undefined) settlement.cancelRest(stop.reason);
  const { tasks, statuses } = run.tasks;
  const end = {
    totals: totalsOf(withoutHooks(tasks, statuses)),
    durationMs: Math.round(elapsedMs),
  };
  if (status === 'succeeded') journal.record('run.succeeded', end);
  else if (status === 'cancelled' && stop !== undefined)
    journal.record('run.cancelled', { ...end, ...withReason(stop.reason) });
  else if (stop?.by !== 'timeout') journal.record('run.failed', end);
  else journal.record('run.failed', { ...end, error: runTimeout(stop.limit) });
  return { status, timedOut: facts.timedOut, hookFailed: hasFailedHook(tasks, statuses) };
}

const runTimeout = (seconds: Seconds): TaskError => ({
  name: 'RunTimeout',
  message: recordedText({ is: 'timed_out', seconds }),
  code: 'DP6005',
});
