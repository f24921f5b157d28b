/** A run and one of its tasks come in; the reference to the task's result goes out. */
import { Fault } from '../../model/fault.ts';
import type { TaskName } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import { findRun, readRun } from './find-run.ts';
import type { State } from './state.ts';

/** Number of task names that a hint lists. */
const NAMED = 20;

/** Throws DP2007 for the run, DP2006 for the task, DP2008 when the task gave no result. */
export function findResult(state: State, word: string, task: TaskName): ResultRef {
  const { runId, tasks } = readRun(state, findRun(state, word));
  const record = tasks.get(task);
  if (record === undefined)
    throw new Fault('DP2006', `there is no task "${task}" in run ${runId}`, {
      hint: `its tasks: ${[...tasks.keys()].slice(0, NAMED).join(', ')}`,
    });
  if (record.output === undefined)
    throw new Fault('DP2008', `task "${task}" gave no result: it is ${record.status}`);
  return record.output;
}
