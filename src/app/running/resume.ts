/** A run that did not succeed comes in; its plan goes out, with the results that it keeps of a run that it repeats. */
import { type RunHold, takeUpRun } from '../../executor/hold.ts';
import type { Owner } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import type { Prepared } from '../planning/prepared.ts';
import { requestOf, type State } from '../project/state.ts';
import { planAgain, type ReplanPorts } from './plan-again.ts';
import { repeating } from './repeating.ts';

/** Plans a run that can be resumed. Throws DP6008 when the run has succeeded, DP6007 when the files have changed. */
export async function prepareAgain(
  runId: RunId,
  readCache: boolean,
  ports: ReplanPorts,
): Promise<Prepared> {
  if (ports.state.store.get(runId)?.status === 'succeeded') throw hasSucceeded(runId);
  const { changes, prepared } = await planAgain(runId, readCache, ports);
  if (changes.length === 0) return await stillRepeating(runId, prepared, ports.state);
  throw Fault.of(
    changes.map(({ says: message }) => ({
      code: 'DP6007',
      severity: 'error',
      message,
      hint: { do: 'retryFailedTasks', run: runId },
    })),
  );
}

/** Keeps what the run, when it was begun, kept of the run that it repeats: that one may have been resumed, or removed, since. */
async function stillRepeating(
  runId: RunId,
  prepared: Prepared,
  state: Pick<State, 'store' | 'io'>,
): Promise<Prepared> {
  const { retry, tasks } = requestOf(state, runId);
  if (retry === undefined || state.store.get(retry.of) === undefined) return prepared;
  const ran = new Set(tasks.filter(({ forced }) => forced === true).map(({ name }) => name));
  return repeating(prepared, { of: retry.of, again: new Set(retry.again) }, { state, ran });
}

/** Takes hold of a run that has been planned again. Throws DP6008 when another process has resumed it meanwhile, and it succeeded. */
export async function takeUpPlanned(
  { store, io }: Pick<State, 'store' | 'io'>,
  runId: RunId,
  owner: Owner,
): Promise<RunHold> {
  const hold = await takeUpRun({ store, io, owner }, runId);
  if (store.get(runId)?.status !== 'succeeded') return hold;
  store.release(runId);
  throw hasSucceeded(runId);
}

function hasSucceeded(runId: RunId): Fault {
  return new Fault('DP6008', `run ${runId} has succeeded; there is nothing to resume`);
}
