/** A plan and an earlier run come in; the plan that keeps what stands of that run goes out. */
import type { KeptElements, RetriedElements } from '../../executor/run/earlier-work.ts';
import { changesSince, keptElements, keptOutputs } from '../../executor/run/resumption.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { Plan } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import type { RunRecord } from '../../model/run.ts';
import { planRetry } from '../../planner/retry.ts';
import type { Prepared, Repeated } from '../planning/prepared.ts';
import { readRun } from '../project/find-run.ts';
import { requestOf, type State } from '../project/state.ts';

/** Warns of each change since the earlier run. `ran` names tasks of it that had not succeeded, whatever became of them since. */
export async function repeating(
  prepared: Prepared,
  retry: Repeated,
  { state, ran = new Set() }: { state: Pick<State, 'store' | 'io'>; ran?: ReadonlySet<TaskName> },
): Promise<Prepared> {
  const { of, again } = retry;
  const record = readRun(state, of);
  const changes = changesSince(requestOf(state, of), prepared.plan);
  const has = (ref: ResultRef): Promise<boolean> => state.io.has(ref);
  const { outputs } = await keptOutputs(record, has);
  const before = [...record.tasks].filter(([name]) => !ran.has(name));
  const statuses = new Map(before.map(([name, { status }]) => [name, status]));
  const changed = new Set(changes.map(({ task }) => task));
  const plan = planRetry(prepared.plan, { run: of, statuses, outputs, changed }, again);
  const said = changes.map(({ says }): Diagnostic => changedSince(says, of));
  const warnings = [...plan.warnings, ...said];
  const elements = await elementsThatStand(plan, record.tasks, has);
  return { ...prepared, retry, retried: { run: of, elements }, plan: { ...plan, warnings } };
}

/** Elements of the mapped tasks that run again for no other reason than that they did not succeed. */
async function elementsThatStand(
  { tasks }: Plan,
  records: RunRecord['tasks'],
  has: (ref: ResultRef) => Promise<boolean>,
): Promise<RetriedElements['elements']> {
  const elements = new Map<TaskName, KeptElements>();
  for (const { name, decision } of tasks) {
    const record = records.get(name);
    if (decision.reason.is === 'not_succeeded' && record?.elements !== undefined)
      elements.set(name, await keptElements(record, has));
  }
  return elements;
}

function changedSince(says: string, runId: RunId): Diagnostic {
  return {
    code: 'DP6007',
    severity: 'warning',
    message: `${says} since run ${runId}`,
    hint: 'the tasks that it changes run again, with all that depend on them',
  };
}
