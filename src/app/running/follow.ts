/** Follows a run of any process: yields the events on record, then those that are added, until the run has ended. */
import type { RecordedEvent } from '../../model/event.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import { hasEnded, type RunStatus } from '../../model/run.ts';
import { type Clock, delay } from '../../lib/clock.ts';
import type { RunStore } from '../../store/run-store.ts';

export type Followed =
  | { readonly is: 'event'; readonly seq: number; readonly event: RecordedEvent }
  /** Every event on record has been yielded. The last of these has the final status, undefined when the run was removed. */
  | { readonly is: 'up_to_date'; readonly status: RunStatus | undefined };

/** Interval of the look at the store, which takes a fraction of a millisecond. */
const LOOK_EVERY_MS: Milliseconds = 100;
/** Number of events yielded in a row before other work has its turn. */
const EVENTS_AT_ONCE = 500;

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** The last sequence number that was seen already. */
  readonly after?: number;
  /** Gives something whenever an event was added; absent for a run of another process, whose record is looked at again and again. */
  readonly news?: AsyncIterable<unknown>;
}

export async function* followRun(
  { store, clock }: { readonly store: Pick<RunStore, 'get' | 'read'>; readonly clock: Clock },
  runId: RunId,
  { signal, after = 0, news }: FollowOptions,
): AsyncGenerator<Followed, void> {
  let incoming = news?.[Symbol.asyncIterator]();
  try {
    let seen = after;
    let told = 0;
    while (!signal.aborted) {
      // The status is read before the events: when it says that the run has ended, its last event is on record.
      const status = store.get(runId)?.status;
      for (const { seq, event } of store.read(runId, seen)) {
        yield { is: 'event', seq, event };
        seen = seq;
        if (++told % EVENTS_AT_ONCE === 0) await new Promise<void>((go) => clock.soon(go));
        if (signal.aborted) return;
      }
      yield { is: 'up_to_date', status };
      if (status === undefined || hasEnded(status)) return;
      if (incoming === undefined) await delay(clock, LOOK_EVERY_MS, signal);
      else if ((await incoming.next()).done === true) incoming = undefined;
    }
  } finally {
    await incoming?.return?.();
  }
}
