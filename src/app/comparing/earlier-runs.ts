/** Runs that were, as sides of a comparison: what they were asked, and what their tasks gave. */
import { decodeRequest } from '../../executor/run/resumption.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import { foldRun, type RunRecord } from '../../model/run.ts';
import { outputDigest } from '../../planner/identity.ts';
import { readParts } from '../../planner/parts.ts';
import type { EarlierRun } from '../../planner/why.ts';
import { recordedEvents, type State } from '../project/state.ts';

export interface ReadRun extends EarlierRun {
  readonly record: RunRecord;
}

/** Reads each run once. Throws DP2007 at a run that is not there. */
export function runReader(state: State): (run: RunId) => ReadRun {
  const read = new Map<RunId, ReadRun>();
  return (run) => {
    let found = read.get(run);
    if (found === undefined) read.set(run, (found = readEarlier(run, state)));
    return found;
  };
}

function readEarlier(run: RunId, state: State): ReadRun {
  const summary = state.store.get(run);
  const bytes = state.store.request(run);
  if (summary === undefined || bytes === undefined)
    throw new Fault('DP2007', `there is no run "${run}"`);
  const { parts: kept, ...request } = decodeRequest(bytes);
  const parts = { ...readParts(request, kept), planId: summary.planId };
  const given = new Map(Object.entries(parts.surroundings?.given ?? {}));
  // Only the store knows that a run's process is gone.
  const record = { ...foldRun(run, recordedEvents(state, run)), status: summary.status };
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
