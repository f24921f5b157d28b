/** The durable bus of one machine: the events of all runs of a state, and those that were published beside them, in one order. */
import type { Event, PlacedEvent } from '../model/event.ts';

/** Many processes write to it. An event has its place in the order once it is stored: a reader sees no gap that is filled later. */
export interface EventBus {
  /** Returns the position of the newest event; 0 when there was none. Positions rise, and none is given twice. */
  last(): number;
  /** Stores an event that belongs to no run, and returns its position. */
  publish(event: Event): number;
  /** Yields the events after a position, oldest first. Those that were removed meanwhile, and those of imported runs, are left out. */
  read(after: number): Iterable<PlacedEvent>;
}
