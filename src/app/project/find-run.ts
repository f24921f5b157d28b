/** The id of a run, or a word for it, comes in; what is on record of it goes out. */
import { Fault } from '../../model/fault.ts';
import type { RecordedEvent } from '../../model/event.ts';
import type { RunId } from '../../model/ids.ts';
import { applyEvent, emptyRun, type RunRecord } from '../../model/run.ts';
import type { HearDamage } from '../../store/damage.ts';
import { recordedEvents, type State } from './state.ts';

/** Finds a run by its id, the beginning of one, or `last`. Throws DP2007. */
export function findRun(state: Pick<State, 'store' | 'folder'>, word: string): RunId {
  if (word === 'last') {
    const [last = state.store.list({ limit: 1 })[0]] = state.store.list({ limit: 1, isOwn: true });
    if (last !== undefined) return last.runId;
    throw new Fault('DP2007', `there is no run in ${state.folder}`, {
      hint: { do: 'startFirstRun' },
    });
  }
  if (state.store.get(word) !== undefined) return word;
  const hearDamage: HearDamage = (fault, run) => {
    if (run.startsWith(word)) throw fault;
  };
  const matches = state.store
    .list({ limit: 1_000, hearDamage })
    .filter(({ runId }) => runId.startsWith(word));
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return only.runId;
  throw new Fault(
    'DP2007',
    matches.length === 0
      ? `there is no run "${word}" in ${state.folder}`
      : `"${word}" is the beginning of ${matches.length} runs`,
    { hint: { do: 'listRuns' } },
  );
}

/**
 * Returns the run as its events describe it, `crashed` when its process is gone. A run that died or was cancelled before its
 * first event is described by its summary alone. `onEvent` gets each event, for a second fold. Throws DP2007.
 */
export function readRun(
  state: Pick<State, 'store'>,
  runId: RunId,
  onEvent?: (event: RecordedEvent) => void,
): RunRecord {
  const run = emptyRun(runId);
  for (const event of recordedEvents(state, runId)) {
    applyEvent(run, event);
    onEvent?.(event);
  }
  const summary = state.store.get(runId);
  if (summary === undefined) throw new Fault('DP2007', `there is no run "${runId}"`);
  return { ...run, ...summary };
}
