/** A run as it goes on, in whichever process: what is on record comes first, then what is added, until the run has ended. */
import type { RecordedEvent } from '../../model/event.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import { hasEnded, type RunStatus } from '../../model/run.ts';
import { type Clock, delay } from '../../lib/clock.ts';
import type { RunStore } from '../../store/run-store.ts';

export type Followed =
  | { readonly is: 'event'; readonly seq: number; readonly event: RecordedEvent }
  /** Everything on record has been told; the last one says how the run ended, undefined when it is there no more. */
  | { readonly is: 'up_to_date'; readonly status: RunStatus | undefined };

/** Quick enough for the eye; a look at the store takes a fraction of a millisecond. */
const LOOK_EVERY_MS: Milliseconds = 100;
/** Events told in a row; others have their turn in between. */
const EVENTS_AT_ONCE = 500;

/** `after` is the sequence number already seen. */
export async function* followRun(
  { store, clock }: { readonly store: Pick<RunStore, 'get' | 'read'>; readonly clock: Clock },
  runId: RunId,
  { signal, after = 0 }: { readonly signal: AbortSignal; readonly after?: number },
): AsyncGenerator<Followed, void> {
  let seen = after;
  let told = 0;
  while (!signal.aborted) {
    // Before the events: when this says that the run has ended, its last event is on record.
    const status = store.get(runId)?.status;
    for (const { seq, event } of store.read(runId, seen)) {
      yield { is: 'event', seq, event };
      seen = seq;
      if (++told % EVENTS_AT_ONCE === 0) await new Promise<void>((go) => clock.soon(go));
      if (signal.aborted) return;
    }
    yield { is: 'up_to_date', status };
    if (status === undefined || hasEnded(status)) return;
    await delay(clock, LOOK_EVERY_MS, signal);
  }
}
