/** The state directory of the project one stands in, for commands that only look. */
import { openState, recordedEvents, type State } from '../../app/project/state.ts';
import { rootFor, stateFolderFor } from '../../app/project/place.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import { foldRun, type RunRecord } from '../../model/run.ts';
import type { CommandContext } from './context.ts';
import {
  type Housekeeping,
  makeHousekeeping,
  openHousekeeping,
} from '../../app/project/housekeeping.ts';

export function openForReading({ place }: CommandContext): State {
  return openState(rootFor(place.cwd, place), place, { readOnly: true });
}

export function openForWriting({ place }: CommandContext): State {
  return openState(rootFor(place.cwd, place), place, { readOnly: false });
}

/** A run by its id, the beginning of one, or `last`. Throws DP2007. */
export function findRun(state: State, word: string): RunId {
  if (word === 'last') {
    const [last] = state.store.list({ limit: 1, isOwn: true });
    if (last !== undefined) return last.runId;
    throw new Fault('DP2007', `there is no run in ${state.folder}`, {
      hint: '`dp run` makes one; --state-dir looks elsewhere',
    });
  }
  if (state.store.get(word) !== undefined) return word;
  const matches = state.store.list({ limit: 1_000 }).filter(({ runId }) => runId.startsWith(word));
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return only.runId;
  throw new Fault(
    'DP2007',
    matches.length === 0
      ? `there is no run "${word}" in ${state.folder}`
      : `"${word}" is the beginning of ${matches.length} runs`,
    {
      hint: '`dp runs` lists the runs',
    },
  );
}

/** The same, for whoever opens the state itself. */
export const runNamed =
  (word: string) =>
  (state: State): RunId =>
    findRun(state, word);

export function readRun(state: State, runId: RunId): RunRecord {
  const run = foldRun(runId, recordedEvents(state, runId));
  // Only the store knows that a run's process is gone, and what a run is that was cancelled before it began.
  return { ...run, ...state.store.get(runId) };
}

export function makeHome({ place }: CommandContext): Housekeeping {
  return makeHousekeeping(stateFolderFor(rootFor(place.cwd, place), place));
}

export function openHome({ place }: CommandContext, mode: 'read' | 'write'): Housekeeping {
  return openHousekeeping(stateFolderFor(rootFor(place.cwd, place), place), mode);
}
