/** A run or a plan, and perhaps one of its tasks, come in; what its id or key is made of goes out. */
import { didYouMean } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import { outputDigest } from '../../planner/identity.ts';
import { planRows, taskRows, type KeyRows } from '../../planner/key-rows.ts';
import { partsOf } from '../../planner/parts.ts';
import type { Side } from '../../planner/differences.ts';
import { runReader } from './earlier-runs.ts';
import type { Prepared } from '../planning/prepared.ts';
import type { State } from '../project/state.ts';

export type { KeyRows } from '../../planner/key-rows.ts';

/** As the run was asked to do it. Throws DP2006, DP2007. */
export function rowsOfRun(run: RunId, task: TaskName | undefined, state: State): KeyRows {
  return rowsOf(runReader(state)(run), task, `run ${run}`);
}

/** As the files are today; a result is known where it is stored. Throws DP2006. */
export function rowsOfPlan({ plan, ground }: Prepared, task: TaskName | undefined): KeyRows {
  const outputs = new Map(
    plan.tasks.flatMap(({ name, decision }) =>
      decision.action === 'cached' ? [[name, outputDigest(decision.output)] as const] : [],
    ),
  );
  const side = { parts: partsOf(plan, ground), outputOf: (name: TaskName) => outputs.get(name) };
  return rowsOf(side, task, `pipeline "${plan.pipeline}"`);
}

function rowsOf(side: Side, task: TaskName | undefined, where: string): KeyRows {
  if (task === undefined) return planRows(side.parts);
  const rows = taskRows(task, side);
  if (rows !== undefined) return rows;
  const hint = didYouMean(task, side.parts.tasks.keys());
  throw new Fault('DP2006', `no task "${task}" in ${where}`, hint === undefined ? {} : { hint });
}
