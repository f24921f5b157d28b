/** Follows the bus of a state: yields the events after a position, then those that are added, until the signal. */
import { type Clock, delay } from '../../lib/clock.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { PlacedEvent } from '../../model/event.ts';
import type { RunStore } from '../../store/run-store.ts';

/** Interval of the look at the store, which takes a fraction of a millisecond. */
const LOOK_EVERY_MS: Milliseconds = 100;
/** Number of events yielded in a row before other work has its turn. */
const EVENTS_AT_ONCE = 500;

export async function* followEvents(
  { store, clock }: { readonly store: Pick<RunStore, 'bus'>; readonly clock: Clock },
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<PlacedEvent, void> {
  let seen = after;
  let told = 0;
  while (!signal.aborted) {
    for (const placed of store.bus.read(seen)) {
      yield placed;
      seen = placed.position;
      if (++told % EVENTS_AT_ONCE === 0) await new Promise<void>((go) => clock.soon(go));
      if (signal.aborted) return;
    }
    await delay(clock, LOOK_EVERY_MS, signal);
  }
}
