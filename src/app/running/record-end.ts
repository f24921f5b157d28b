/** Ends a run that no process executes: one that is cancelled, or cannot be begun or resumed. */
import { type Cancellation, cancellationOf } from '../../executor/run/cancellation.ts';
import { decodeRequest } from '../../executor/run/run-request.ts';
import type { RunId } from '../../model/ids.ts';
import { thisProcess } from '../../store/process-identity.ts';
import { readRun } from '../project/find-run.ts';
import type { State } from '../project/state.ts';

/** Throws DP6004 while another living process holds the run. */
export function recordEnd(
  state: Pick<State, 'store'>,
  runId: RunId,
  ending: Omit<Cancellation, 'epoch'>,
): void {
  const { store } = state;
  // A beat tells whether this store holds the run: it has taken it from the queue, and nothing of it is on record.
  const epoch = store.beat(runId) ? 0 : store.acquire(runId, thisProcess());
  try {
    const request = store.request(runId);
    const { tasks = [] } = (request && decodeRequest(request)) ?? {};
    const names = tasks.map(({ name }) => name);
    store.append(runId, cancellationOf(readRun(state, runId), names, { ...ending, epoch }));
  } finally {
    store.release(runId);
  }
}
