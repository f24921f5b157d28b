/** Follows the bus for all waits of a run, with one reader. */
import type { Clock, Timer } from '../../lib/clock.ts';
import type { PlacedEvent } from '../../model/event.ts';
import type { Instant, Milliseconds } from '../../model/ids.ts';
import type { EventBus } from '../../store/event-bus.ts';

export interface Watcher {
  /** Position behind which it is offered events. */
  readonly after: number;
  /** Instant from which it is late; null: never. */
  readonly until: Instant | null;
  /** Takes an event, in the order of the bus; returns true to be offered no more. */
  offer(placed: PlacedEvent): boolean;
  /** Called once when it is late and was offered everything that is stored; it is offered no more. */
  late(): void;
}

/** Interval of the look at the store, which takes a fraction of a millisecond. */
const LOOK_EVERY_MS: Milliseconds = 100;
/** Number of events that are read in a row before other work has its turn. */
const EVENTS_AT_ONCE = 500;

export class BusWatch {
  readonly #bus: Pick<EventBus, 'read'>;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  /** Position of the last event that each watcher was offered. */
  readonly #seen = new Map<Watcher, number>();
  #next: Timer | undefined;

  /** `failed` hears of a store that cannot be read. */
  constructor(bus: Pick<EventBus, 'read'>, clock: Clock, failed: (error: unknown) => void) {
    this.#bus = bus;
    this.#clock = clock;
    this.#failed = failed;
  }

  add(watcher: Watcher): void {
    this.#seen.set(watcher, watcher.after);
    this.#lookSoon();
  }

  remove(watcher: Watcher): void {
    this.#seen.delete(watcher);
    if (this.#seen.size === 0) this.#next?.clear();
  }

  #lookSoon(): void {
    this.#next?.clear();
    this.#next = this.#clock.soon(() => this.#look());
  }

  #look(): void {
    try {
      if (this.#isAtEnd()) this.#endLate();
      else this.#lookSoon();
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#seen.size === 0) this.#next?.clear();
  }

  /** Offers the next events; returns whether there are no more. */
  #isAtEnd(): boolean {
    let read = 0;
    for (const placed of this.#bus.read(Math.min(...this.#seen.values()))) {
      for (const [watcher, seen] of this.#seen) {
        if (placed.position <= seen) continue;
        if (watcher.offer(placed)) this.#seen.delete(watcher);
        else this.#seen.set(watcher, placed.position);
      }
      if (this.#seen.size === 0) return true;
      if (++read === EVENTS_AT_ONCE) return false;
    }
    return true;
  }

  #endLate(): void {
    const now = this.#clock.now();
    for (const watcher of this.#seen.keys()) {
      if (watcher.until === null || watcher.until > now) continue;
      this.#seen.delete(watcher);
      watcher.late();
    }
    this.#next = this.#clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}
