/** Two runs come in; their differences go out. */
import type { ComparedRuns } from '../../model/difference.ts';
import type { RunId } from '../../model/ids.ts';
import { compareRuns } from '../../planner/compare-runs.ts';
import { runReader } from './earlier-runs.ts';
import type { State } from '../project/state.ts';

/** Throws DP2007 when one of them does not exist. */
export function diffRuns(before: RunId, after: RunId, state: State): ComparedRuns {
  const read = runReader(state);
  const [old, now] = [read(before), read(after)];
  return { before: old.record, after: now.record, ...compareRuns(old, now) };
}
