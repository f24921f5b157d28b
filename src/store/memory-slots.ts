/** Pool slots in memory. A slot counts while a living process holds its run under the same epoch. */
import type { Instant, RunId } from '../model/ids.ts';
import type { PoolSlot, PoolSlots } from './pool-slots.ts';

export interface Slot extends PoolSlot {
  readonly epoch: number;
  /** Null: the slot is held. Otherwise the last time at which the run, which waits for the pool, asked. */
  readonly askedAt: Instant | null;
}

export interface MemorySlotsPorts {
  readonly read: () => readonly Slot[];
  readonly write: (slots: readonly Slot[]) => void;
  /** Returns the epoch under which the asking store holds the run; throws DP6004 when it no longer does. */
  readonly heldEpoch: (run: RunId) => number;
  readonly holds: (run: RunId) => boolean;
  /** Returns whether a living process holds the run under that epoch. */
  readonly isHeld: (slot: Slot) => boolean;
}

/** A waiting run that has not asked for this long loses its place in the queue. */
const PATIENCE_MS = 5_000;
/** A run waits for a pool as a whole, not for each of its units. */
const WAITING = '';

export class MemorySlots implements PoolSlots {
  readonly #ports: MemorySlotsPorts;

  constructor(ports: MemorySlotsPorts) {
    this.#ports = ports;
  }

  take(slot: PoolSlot, most: number, now: Instant): boolean {
    const epoch = this.#ports.heldEpoch(slot.run);
    const living = this.#living();
    const line = living.filter(({ pool }) => pool === slot.pool);
    const held = line.filter(({ askedAt }) => askedAt === null);
    if (held.some((one) => isSame(one, slot))) return true;
    const waiting = line.filter(({ askedAt }) => askedAt !== null);
    const place = waiting.findIndex(({ run }) => run === slot.run);
    const before = waiting
      .slice(0, place === -1 ? undefined : place)
      .filter(({ askedAt }) => Math.abs(now - (askedAt ?? now)) < PATIENCE_MS);
    const wish = { ...slot, unit: WAITING };
    const isTaken = held.length + before.length < most;
    if (isTaken) {
      const others = living.filter((one) => !isSame(one, wish));
      this.#ports.write([...others, { ...slot, epoch, askedAt: null }]);
    } else {
      const asked = { ...wish, epoch, askedAt: now };
      const isNew = !living.some((one) => isSame(one, wish));
      const others = living.map((one) => (isSame(one, wish) ? asked : one));
      this.#ports.write(isNew ? [...others, asked] : others);
    }
    return isTaken;
  }

  giveBack(slot: PoolSlot): void {
    if (!this.#ports.holds(slot.run)) return;
    this.#ports.write(this.#ports.read().filter((one) => !isSame(one, slot)));
  }

  held(): PoolSlot[] {
    return this.#living()
      .filter(({ askedAt }) => askedAt === null)
      .map(({ pool, run, unit }) => ({ pool, run, unit }));
  }

  waiting(): Omit<PoolSlot, 'unit'>[] {
    return this.#living()
      .filter(({ askedAt }) => askedAt !== null)
      .map(({ pool, run }) => ({ pool, run }));
  }

  #living(): readonly Slot[] {
    return this.#ports.read().filter((slot) => this.#ports.isHeld(slot));
  }
}

const isSame = (one: PoolSlot, other: PoolSlot): boolean =>
  one.pool === other.pool && one.run === other.run && one.unit === other.unit;
