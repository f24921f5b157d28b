/** One or two runs, plans or tasks of them come in; the parts of their ids or keys go out, side by side. */
import { didYouMean } from '../../model/diagnostic.ts';
import type { ComparedKeys, KeyRows } from '../../model/difference.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import { outputDigest } from '../../planner/identity.ts';
import { planRows, taskRows } from '../../planner/key-rows.ts';
import { partsOf } from '../../planner/parts.ts';
import type { Side } from '../../planner/differences.ts';
import { runReader } from './earlier-runs.ts';
import type { Prepared } from '../planning/prepared.ts';
import type { State } from '../project/state.ts';

/** Returns the parts as the run was asked to do it. Throws DP2006, DP2007. */
export function rowsOfRun(run: RunId, task: TaskName | undefined, state: State): KeyRows {
  return rowsOf(runReader(state)(run), task, `run ${run}`);
}

/** Returns the parts as the files are today; a result is known where it is stored. Throws DP2006. */
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
  throw new Fault('DP2006', `there is no task "${task}" in ${where}`, { hint });
}

export function compareKeys(a: KeyRows, b?: KeyRows): ComparedKeys {
  const names = [...new Set([...a.keys(), ...(b?.keys() ?? [])])];
  if (b === undefined) return { a, names, differing: new Set(), first: null };
  const differing = names.filter((name) => a.get(name) !== b.get(name));
  const first = differing.find((name) => !SUMS.test(name)) ?? differing[0] ?? null;
  return { a, b, names, differing: new Set(differing), first };
}

/** Rows that only sum up others: the first difference that is reported is a part, not a sum. */
const SUMS = /^(?:plan id|task id|code hash|id of .*|code of .*)$/;
