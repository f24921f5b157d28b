/** The durable bus in memory: an immutable chain of batches, so that a power cut can set it back. */
import type { Event, PlacedEvent } from '../model/event.ts';
import type { RunId } from '../model/ids.ts';
import type { EventBus } from './event-bus.ts';
import type { StoredEvent } from './run-store.ts';

type BatchContent =
  | { readonly is: 'run'; readonly run: RunId; readonly seq: number; readonly events: number }
  /** The event as JSON. */
  | { readonly is: 'published'; readonly text: string };

export interface MemoryBatch {
  readonly content: BatchContent;
  /** Position of its last event. */
  readonly last: number;
  readonly before: MemoryBatch | undefined;
}

export interface MemoryBusPlace {
  newest(): MemoryBatch | undefined;
  add(batch: MemoryBatch): void;
  /** Events of a run after a sequence number; empty when the run was removed. */
  eventsOf(run: RunId, after: number): Iterable<StoredEvent>;
}

export class MemoryBus implements EventBus {
  readonly #place: MemoryBusPlace;

  constructor(place: MemoryBusPlace) {
    this.#place = place;
  }

  last(): number {
    return this.#place.newest()?.last ?? 0;
  }

  publish(event: Event): number {
    const text = JSON.stringify(event);
    const batch = batchAfter(this.#place.newest(), { is: 'published', text });
    this.#place.add(batch);
    return batch.last;
  }

  *read(after: number): Iterable<PlacedEvent> {
    const batches: MemoryBatch[] = [];
    for (let batch = this.#place.newest(); batch !== undefined && batch.last > after;) {
      batches.push(batch);
      batch = batch.before;
    }
    for (const batch of batches.toReversed())
      for (const placed of this.#eventsIn(batch)) if (placed.position > after) yield placed;
  }

  *#eventsIn({ content, last }: MemoryBatch): Iterable<PlacedEvent> {
    if (content.is === 'published') {
      // `publish` wrote it; JSON leaves out data that is undefined.
      const event = { data: undefined, ...(JSON.parse(content.text) as object) } as Event;
      yield { position: last, event };
      return;
    }
    const { run, seq, events } = content;
    for (const stored of this.#place.eventsOf(run, seq - 1)) {
      if (stored.seq >= seq + events) return;
      yield { position: last - events + 1 + stored.seq - seq, event: stored.event };
    }
  }
}

export function batchAfter(newest: MemoryBatch | undefined, content: BatchContent): MemoryBatch {
  const events = content.is === 'run' ? content.events : 1;
  return { content, last: (newest?.last ?? 0) + events, before: newest };
}
