/** A prepared plan comes in; the reason of every decision in it goes out. Nothing is written. */
import { didYouMean, type Diagnostic } from '../../model/diagnostic.ts';
import type { TaskWhy } from '../../model/difference.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { undeclaredInputs } from '../../planner/undeclared.ts';
import { partsOf } from '../../planner/parts.ts';
import { chainOf } from '../../planner/why-chain.ts';
import { whyInRun } from '../../planner/why-in-run.ts';
import { whyOf } from '../../planner/why.ts';
import { findRun } from '../project/find-run.ts';
import { runReader } from './earlier-runs.ts';
import type { CallerContext } from '../project/caller-context.ts';
import type { Prepared } from '../planning/prepared.ts';
import { openState, type State } from '../project/state.ts';

/**
 * Compares each task with the newest run that has an outcome of it (a cached task with the run that made its result), or all
 * tasks with the run that `against` names. Throws DP2007 for a run of another pipeline.
 */
function explain(
  { loaded, plan, ground }: Prepared,
  caller: CallerContext,
  against?: string,
): readonly TaskWhy[] {
  using state = openState(loaded.root, caller, { readOnly: true });
  const read = runReader(state);
  const only = against === undefined ? undefined : findRun(state, against);
  if (only !== undefined) refuseOther(state, only, plan.pipeline);
  return whyOf(plan, partsOf(plan, ground), (task) => {
    const run = only ?? comparable(task, plan.pipeline, state);
    return run === undefined ? undefined : read(run);
  });
}

/** Explains all tasks of a plan, by name, and lists the inputs that they read and nobody declared. */
export function explainPlan(
  prepared: Prepared,
  caller: CallerContext,
  against?: string,
): { readonly reasons: ReadonlyMap<TaskName, TaskWhy> } & Undeclared {
  const reasons = new Map(explain(prepared, caller, against).map((why) => [why.task, why]));
  return { reasons, undeclared: undeclaredBy(prepared, new Set(reasons.keys())) };
}

interface Undeclared {
  /** A warning for each input that could change a result although no comparison would show it. */
  readonly undeclared: readonly Diagnostic[];
}

/** Explains why one task of a plan would run, be cached or be skipped, back to the change that caused it. */
export function explainTask(
  prepared: Prepared,
  task: TaskName,
  caller: CallerContext,
  against?: string,
): { readonly chain: readonly TaskWhy[] } & Undeclared {
  const where = `pipeline "${prepared.plan.pipeline}"`;
  const chain = chainFor(task, explain(prepared, caller, against), where);
  return { chain, undeclared: undeclaredBy(prepared, new Set(chain.map((why) => why.task))) };
}

/** Explains the same for a task in the run that the word names. Inputs that are undeclared today say nothing about that run. */
export function explainTaskOfRun(
  task: TaskName,
  word: string,
  state: State,
  against?: string,
): readonly TaskWhy[] {
  const run = findRun(state, word);
  const other = against === undefined ? undefined : findRun(state, against);
  return chainFor(task, explainRun(run, state, other), `run ${run}`);
}

function chainFor(task: TaskName, all: readonly TaskWhy[], where: string): readonly TaskWhy[] {
  const chain = chainOf(task, all);
  if (chain.length > 0) return chain;
  const names = all.map((why) => why.task);
  const hint = didYouMean(task, names);
  const message = `there is no task "${task}" in ${where}`;
  throw new Fault('DP2006', message, hint === undefined ? {} : { hint });
}

/** Number of runs searched for an earlier result of a task. */
const LOOK_BACK = 20;

/** Compares each task of a run with the newest earlier run that has a result of it, or with `against`. */
function explainRun(run: RunId, state: State, against?: RunId): readonly TaskWhy[] {
  const read = runReader(state);
  const now = read(run);
  if (against !== undefined) refuseOther(state, against, now.record.pipeline);
  const before = state.store
    .list({ pipeline: now.record.pipeline, before: run, limit: LOOK_BACK })
    .map(({ runId }) => runId);
  const candidates = against === undefined ? before : [against];
  return whyInRun(now, (task) => {
    const found = candidates.find(
      (each) => each === against || read(each).record.tasks.get(task)?.output !== undefined,
    );
    return found === undefined ? undefined : read(found);
  });
}

function comparable(
  { name, decision }: PlannedTask,
  pipeline: string,
  { store }: State,
): RunId | undefined {
  if (decision.action !== 'cached') return store.lastOutcome(pipeline, name)?.runId;
  return store.get(decision.fromRun)?.runId;
}

/** Returns a warning for each input that these tasks read and nobody declared. */
function undeclaredBy(
  { plan, reads }: Prepared,
  tasks: ReadonlySet<TaskName>,
): readonly Diagnostic[] {
  const chosen = plan.tasks.filter(({ name }) => tasks.has(name));
  return undeclaredInputs({ tasks: chosen, env: plan.env }, reads);
}

function refuseOther({ store }: State, run: RunId, pipeline: string): void {
  const other = store.get(run)?.pipeline;
  if (other === undefined || other === pipeline) return;
  throw new Fault('DP2007', `run ${run} is of pipeline "${other}", not of "${pipeline}"`, {
    hint: { do: 'listRuns', pipeline },
  });
}
