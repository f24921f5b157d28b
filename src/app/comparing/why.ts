/** A prepared plan comes in, the reason of every decision in it goes out. Nothing is written. */
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
import type { Place } from '../project/place.ts';
import type { Prepared } from '../planning/prepared.ts';
import { openState, type State } from '../project/state.ts';

/**
 * Compares each task with the newest run that has an outcome of it (a cached one with the run its result is of), or all
 * with one run, which `against` names. Throws DP2007 at a run of another pipeline.
 */
function explain(
  { loaded, plan, ground }: Prepared,
  place: Place,
  against?: string,
): readonly TaskWhy[] {
  using state = openState(loaded.root, place, { readOnly: true });
  const read = runReader(state);
  const only = against === undefined ? undefined : findRun(state, against);
  if (only !== undefined) refuseOther(state, only, plan.pipeline);
  return whyOf(plan, partsOf(plan, ground), (task) => {
    const run = only ?? comparable(task, plan.pipeline, state);
    return run === undefined ? undefined : read(run);
  });
}

/** All tasks of a plan, by name, with what they read and nobody declared. */
export function explainPlan(
  prepared: Prepared,
  place: Place,
  against?: string,
): { readonly reasons: ReadonlyMap<TaskName, TaskWhy> } & Undeclared {
  const reasons = new Map(explain(prepared, place, against).map((why) => [why.task, why]));
  return { reasons, undeclared: undeclaredBy(prepared, new Set(reasons.keys())) };
}

interface Undeclared {
  /** A warning for each input that could change a result and that no comparison would show. */
  readonly undeclared: readonly Diagnostic[];
}

/** One task of a plan: why it would run, be cached or be skipped, back to the change that began it. */
export function explainTask(
  prepared: Prepared,
  task: TaskName,
  place: Place,
  against?: string,
): { readonly chain: readonly TaskWhy[] } & Undeclared {
  const where = `pipeline "${prepared.plan.pipeline}"`;
  const chain = chainFor(task, explain(prepared, place, against), where);
  return { chain, undeclared: undeclaredBy(prepared, new Set(chain.map((why) => why.task))) };
}

/** The same of a task in a run on record, which the word names; what is undeclared today says nothing of then. */
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
  const message = `no task "${task}" in ${where}`;
  throw new Fault('DP2006', message, hint === undefined ? {} : { hint });
}

/** Runs looked through for an earlier result of a task. */
const LOOK_BACK = 20;

/** Compares each task of a run with the newest run before that has a result of it, or with `against`. */
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

/** What these tasks read and nobody declared: it could change a result, and no comparison would show it. */
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
