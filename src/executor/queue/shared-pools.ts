/** This run's slots in pools that it shares with other runs, in this process or another. */
import type { Milliseconds, RunId } from '../../model/ids.ts';
import type { PoolSlots } from '../../store/pool-slots.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Limit } from './limits.ts';

/** Polling interval for a pool that other runs fill. */
const ASK_AGAIN_MS: Milliseconds = 100;

export interface SharedPoolsParts {
  readonly run: RunId;
  readonly slots: PoolSlots;
  readonly clock: Clock;
  /** Called when pools that were full may have room. */
  readonly wake: () => void;
}

export class SharedPools {
  readonly #parts: SharedPoolsParts;
  /** Names of pools that other runs fill, until it is time to ask again. */
  readonly #full = new Set<string>();
  #timer: Timer | undefined;

  constructor(parts: SharedPoolsParts) {
    this.#parts = parts;
  }

  isFull(pool: string): boolean {
    return this.#full.has(pool);
  }

  /** Takes a slot. Returns false when other runs hold all slots; the caller is woken when it is time to try again. */
  take({ name: pool, most }: Limit, unit: string): boolean {
    const { run, slots, clock } = this.#parts;
    if (slots.take({ pool, run, unit }, most, clock.now())) return true;
    this.#full.add(pool);
    this.#timer ??= clock.after(ASK_AGAIN_MS, () => {
      this.#timer = undefined;
      this.#full.clear();
      this.#parts.wake();
    });
    return false;
  }

  giveBack({ name: pool }: Limit, unit: string): void {
    this.#parts.slots.giveBack({ pool, run: this.#parts.run, unit });
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }
}
