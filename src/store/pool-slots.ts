/** Slots of named pools, shared by all processes of a state folder. Who holds one is known by name: nothing is counted up or down. */
import type { Instant, RunId } from '../model/ids.ts';

export interface PoolSlots {
  /**
   * Takes a slot for a unit of a run that this store holds; again for the same unit changes nothing. False when living
   * processes hold `most` of them, or wait for what is free and asked before: ask again soon, and the place in line stays.
   * Throws DP6004 when this store does not hold the run (any more).
   */
  take(slot: PoolSlot, most: number, now: Instant): boolean;
  /** Nothing happens when this store does not hold the run any more: the slot is the next holder's, or void. */
  giveBack(slot: PoolSlot): void;
  /** What living processes hold. */
  held(): PoolSlot[];
  /** Who waits for a pool, first come first. */
  waiting(): Omit<PoolSlot, 'unit'>[];
}

export interface PoolSlot {
  readonly pool: string;
  readonly run: RunId;
  /** Task, or task and element. */
  readonly unit: string;
}
