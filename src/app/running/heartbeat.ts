/** The run's process tells that it lives, for those who cannot see it: from another PID namespace, container or host. */
import type { RunHandle } from '../../executor/request.ts';
import { type Clock, every } from '../../lib/clock.ts';
import type { RunId } from '../../model/ids.ts';
import { Fault } from '../../model/fault.ts';
import { BEAT_EVERY_MS } from '../../store/process-identity.ts';
import type { RunStore } from '../../store/run-store.ts';

/**
 * Beats until it is disposed of. A process that was silent for too long, stopped perhaps, may find that another one has
 * taken its run over: then it ends its work, of which nothing could be recorded any more.
 */
export function keepBeating(
  { store, clock }: { readonly store: Pick<RunStore, 'beat'>; readonly clock: Clock },
  runId: RunId,
  handle: Pick<RunHandle, 'cancel'>,
): Disposable {
  return every(clock, BEAT_EVERY_MS, () => {
    if (!beats(store, runId)) handle.cancel('another process has taken the run over', 'kill');
  });
}

/** A state that cannot be written is for the run itself to meet; the next beat may fare better. */
function beats(store: Pick<RunStore, 'beat'>, runId: RunId): boolean {
  try {
    return store.beat(runId);
  } catch (error) {
    if (error instanceof Fault) return true;
    throw error;
  }
}
