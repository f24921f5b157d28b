/** Slots of named pools, shared by all processes of a state folder. Holders are recorded by name; there is no counter to repair. */
import type { Instant, RunId } from '../model/ids.ts';

export interface PoolSlots {
  /**
   * Takes a slot for a unit of a run that this store holds; repeating it for the same unit changes nothing. Returns false when
   * living processes hold `most` of them, or asked before for the free ones: ask again soon, and the place in the queue stays.
   * Throws DP6004 when this store does not hold the run (any more).
   */
  take(slot: PoolSlot, most: number, now: Instant): boolean;
  /** Returns the slot. Does nothing when this store no longer holds the run: the slot is the next holder's, or void. */
  giveBack(slot: PoolSlot): void;
  /** Slots that living processes hold. */
  held(): PoolSlot[];
  /** Runs that wait for a pool, in the order they asked. */
  waiting(): Omit<PoolSlot, 'unit'>[];
}

export interface PoolSlot {
  readonly pool: string;
  readonly run: RunId;
  /** Task, or task and element. */
  readonly unit: string;
}
