/** Publishes an event beside the runs: its topic and data come in, and it is on the bus of the state when this returns. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Event, PlacedEvent } from '../../model/event.ts';
import { checkPublicTopic, Publications } from '../../executor/worker/publishable.ts';
import type { RunStore } from '../../store/run-store.ts';

/** Throws what `ctx.publish` throws: DP6101 for the topic, DP6108 and DP6109 for the data. */
export function publishEvent(
  { store, clock }: { readonly store: Pick<RunStore, 'bus' | 'flush'>; readonly clock: Clock },
  topic: string,
  data: unknown,
): PlacedEvent {
  checkPublicTopic(topic);
  const plain = data === undefined ? undefined : new Publications().accept(data);
  const event: Event = { v: 1, id: randomUUID(), topic, time: clock.now(), data: plain };
  const position = store.bus.publish(event);
  store.flush();
  return { position, event };
}
