/** Runs on record as sides of a comparison: what they were asked to do, and the results of their tasks. */
import type { RunId } from '../../model/ids.ts';
import type { RunRecord } from '../../model/run.ts';
import { outputDigest } from '../../planner/identity.ts';
import { readParts } from '../../planner/parts.ts';
import type { ComparedRun } from '../../planner/why.ts';
import { readRun } from '../project/find-run.ts';
import { requestOf, type State } from '../project/state.ts';

export interface ReadRun extends ComparedRun {
  readonly record: RunRecord;
}

/** Returns a reader that reads each run once. It throws DP2007 for a run that does not exist. */
export function runReader(state: State): (run: RunId) => ReadRun {
  const read = new Map<RunId, ReadRun>();
  return (run) => {
    let found = read.get(run);
    if (found === undefined) read.set(run, (found = readEarlier(run, state)));
    return found;
  };
}

function readEarlier(run: RunId, state: State): ReadRun {
  const record = readRun(state, run);
  const { parts: kept, ...request } = requestOf(state, run);
  const parts = { ...readParts(request, kept), planId: record.planId };
  const given = new Map(Object.entries(parts.surroundings?.given ?? {}));
  return {
    run,
    parts,
    record,
    outputOf: (task) => {
      const output = record.tasks.get(task)?.output;
      return output === undefined ? given.get(task) : outputDigest(output);
    },
  };
}
