/** A prepared plan comes in, the reason of every decision in it goes out. Nothing is written. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { TaskWhy } from '../../model/difference.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { undeclaredInputs } from '../../planner/undeclared.ts';
import { partsOf } from '../../planner/parts.ts';
import { whyInRun } from '../../planner/why-in-run.ts';
import { whyOf } from '../../planner/why.ts';
import { runReader } from './earlier-runs.ts';
import type { Place } from '../project/place.ts';
import type { Prepared } from '../planning/prepare.ts';
import { openState, type State } from '../project/state.ts';

/**
 * Each task against the newest run that has an outcome of it (a cached one against the run its result is of), or all
 * against one run, which `against` looks up.
 * Throws DP2007 at a run of another pipeline.
 */
export function explain(
  { loaded, plan, ground }: Prepared,
  place: Place,
  against?: (state: State) => RunId,
): readonly TaskWhy[] {
  using state = openState(loaded.root, place, { readOnly: true });
  const read = runReader(state);
  const only = against?.(state);
  if (only !== undefined) refuseOther(state, only, plan.pipeline);
  return whyOf(plan, partsOf(plan, ground), (task) => {
    const run = only ?? comparable(task, plan.pipeline, state);
    return run === undefined ? undefined : read(run);
  });
}

/** Runs looked through for an earlier result of a task. */
const LOOK_BACK = 20;

/** The same of a run that was, each task against the newest run before with a result of it, or against `against`. */
export function explainRun(run: RunId, state: State, against?: RunId): readonly TaskWhy[] {
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
export function undeclaredBy(
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
