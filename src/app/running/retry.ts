/** A run that ended comes in; a plan that repeats it goes out. */
import type { KeptElements, RetriedElements } from '../../executor/run/earlier-work.ts';
import { keptElements, keptOutputs } from '../../executor/run/resumption.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import { planRetry } from '../../planner/retry.ts';
import { unknownTask } from '../../planner/selection.ts';
import { heldBy } from '../../store/held.ts';
import type { Prepared } from '../planning/prepared.ts';
import { planAgain, type PlannedAgain, type ReplanPorts } from './resume.ts';
import { readRun } from '../project/find-run.ts';
import type { Again, Plan } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import type { RunRecord } from '../../model/run.ts';

/**
 * Plans the run's parameters and selection with the files as they are today, and warns of each change since.
 * Throws DP6004 while a process holds the run, DP2006 for tasks that are not in it.
 */
export async function prepareRetry(
  runId: RunId,
  again: Again,
  ports: ReplanPorts,
): Promise<PlannedAgain> {
  const { state } = ports;
  const holder = state.store.holder(runId);
  if (holder !== undefined) throw heldBy(runId, holder);
  const { prepared, at, changes } = await planAgain(runId, true, ports);
  refuseUnknown(again, prepared);
  const record = readRun(state, runId);
  const { tasks } = record;
  const has = (ref: ResultRef): Promise<boolean> => state.io.has(ref);
  const { outputs } = await keptOutputs(record, has);
  const statuses = new Map([...tasks].map(([name, { status }]) => [name, status]));
  const changed = new Set(changes.map(({ task }) => task));
  const plan = planRetry(prepared.plan, { run: runId, statuses, outputs, changed }, again);
  const said = changes.map(({ says }): Diagnostic => changedSince(says, runId));
  const warnings = [...plan.warnings, ...said];
  const elements = await elementsThatStand(plan, tasks, has);
  const retried = { run: runId, elements };
  return { prepared: { ...prepared, retryOf: runId, retried, plan: { ...plan, warnings } }, at };
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

function refuseUnknown(again: Again, { plan }: Prepared): void {
  if (again === 'all') return;
  const names = new Set<TaskName>(plan.tasks.map(({ name }) => name));
  const unknown = [...again].filter((name) => !names.has(name));
  if (unknown.length > 0) throw Fault.of(unknown.map((name) => unknownTask(name, names)));
}

function changedSince(says: string, runId: RunId): Diagnostic {
  return {
    code: 'DP6007',
    severity: 'warning',
    message: `${says} since run ${runId}`,
    hint: 'the tasks that it changes run again, with all that depend on them',
  };
}
