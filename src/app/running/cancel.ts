/** Cancels a run of another process: a request goes to the store, and the run's process reads it. Without signals it works across users, containers and hosts. */
import type { RunHandle } from '../../executor/request.ts';
import { Fault } from '../../model/fault.ts';
import { type Clock, delay, every } from '../../lib/clock.ts';
import type { Instant, RunId } from '../../model/ids.ts';
import { type RunStatus, hasEnded } from '../../model/run.ts';
import type { CancelRequest, RunStore } from '../../store/run-store.ts';
import type { State } from '../project/state.ts';
import { recordEnd } from './record-end.ts';

/** Interval of the look at the store: short enough for a person who waits, and a look costs microseconds. */
const LOOK_EVERY_MS = 250;

/** Carries out requests to cancel the run until it is disposed of. */
export function watchForCancel(
  { store, clock }: { readonly store: Pick<RunStore, 'cancelAsked'>; readonly clock: Clock },
  runId: RunId,
  handle: Pick<RunHandle, 'cancel'>,
): Disposable {
  return every(clock, LOOK_EVERY_MS, cancelListener(store, runId, handle));
}

/** Returns a function that looks once; each way to cancel is passed on once. */
export function cancelListener(
  store: Pick<RunStore, 'cancelAsked'>,
  runId: RunId,
  handle: Pick<RunHandle, 'cancel'>,
): () => void {
  let heard: CancelRequest['how'] | undefined;
  return () => {
    const asked = askedOf(store, runId);
    if (asked === undefined || asked.how === heard) return;
    heard = asked.how;
    handle.cancel(asked.reason, asked.how);
  };
}

/** Returns the request; undefined also when the state cannot be read, as the run itself reports that and the next look may succeed. */
function askedOf(store: Pick<RunStore, 'cancelAsked'>, runId: RunId): CancelRequest | undefined {
  try {
    return store.cancelAsked(runId);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/**
 * Asks the run's process to cancel it or, where no living process holds it, records that it is cancelled.
 * Throws DP2007 when there is no such run, DP6009 when it has ended.
 */
export function cancelRun(
  state: State,
  runId: RunId,
  request: CancelRequest,
  now: Instant,
): 'asked' | 'recorded' {
  const { store } = state;
  const status = store.get(runId)?.status;
  if (status !== undefined && status !== 'crashed' && hasEnded(status))
    throw new Fault('DP6009', `run ${runId} has ended: it is ${status}`, {
      hint: 'there is nothing to cancel',
    });
  if (status === undefined || store.holder(runId) !== undefined) {
    store.askToCancel(runId, request);
    return 'asked';
  }
  recordEnd(state, runId, { words: request.reason, time: now });
  return 'recorded';
}

/** Returns the final status of the run; undefined when the signal aborts first. */
export async function endOf(
  { store, clock }: { readonly store: Pick<RunStore, 'get'>; readonly clock: Clock },
  runId: RunId,
  signal: AbortSignal,
): Promise<RunStatus | undefined> {
  while (!signal.aborted) {
    const status = store.get(runId)?.status ?? 'crashed';
    if (hasEnded(status)) return status;
    await delay(clock, LOOK_EVERY_MS / 2, signal);
  }
  return undefined;
}
