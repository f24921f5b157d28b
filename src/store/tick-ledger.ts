/** The ledger of all ticks: each has one row and one verdict, which is written together with the run that it queues. */
import type { Instant, RunId } from '../model/ids.ts';
import type { QueuedRun } from '../model/queued-run.ts';
import type { DecidedTick, DueTick, Pause, TickOutcome, TriggerId } from '../model/tick.ts';
import type { DefinitionWindow, TriggerDefinition } from '../model/trigger-definition.ts';

/** Many processes share it. Calls are synchronous and short. */
export interface TickLedger {
  /**
   * Carries out the work in one transaction: all of it is kept or none. The work has no other effect, as it may be carried out
   * again. With the fencing number of a leader it throws DP6320 when another process leads by now.
   */
  write<T>(epoch: number | undefined, work: (transaction: LedgerTransaction) => T): T;
  /** Returns every trigger that was ever seen, by name. */
  triggers(): TriggerRecord[];
  /** Returns ticks, the latest first. */
  ticks(query?: TickQuery): DecidedTick[];
  /** Returns the windows of a trigger, the earliest first. */
  windows(trigger: TriggerId): DefinitionWindow[];
  /** Returns how many rows `forget` would forget, and no more. */
  forgettable(before: Instant): number;
  /** Forgets rows whose ticks were due before the instant, and returns how many; what is left can still be proved. */
  forget(before: Instant): number;
}

export interface LedgerTransaction {
  trigger(trigger: TriggerId): TriggerRecord | undefined;
  /** Replaces the record of the trigger, or adds it. */
  put(record: TriggerRecord): void;
  /** Ends the window of the trigger that is open. */
  closeWindow(trigger: TriggerId, to: Instant): void;
  /** Begins a window with the definition; in place of one that began at the same instant. */
  openWindow(window: Omit<DefinitionWindow, 'to'>): void;
  /** Returns whether the trigger has a row of this firing, or one that stands for its instant. */
  has(trigger: TriggerId, tick: Pick<DueTick, 'at' | 'firing'>): boolean;
  /** Changes nothing when the trigger has such a row. */
  add(tick: DecidedTick): void;
  /** Makes the row of a firing stand for `count` more ticks, of which the last was due at `until`. */
  extend(row: Pick<DecidedTick, 'trigger' | 'firing'>, until: Instant, count: number): void;
  /** Returns false, and changes nothing, when the id of the run is on record. */
  enqueue(run: QueuedRun): boolean;
  /** Returns the runs of a lane that have not ended, in the order in which they begin; waiting ones that are to be cancelled are left out. */
  openRuns(lane: string): OpenRun[];
  /** Asks for the end of a run; it changes nothing when that was asked before. */
  cancel(run: RunId, reason: string): void;
}

export interface OpenRun {
  readonly runId: RunId;
  /** False: it waits in the queue. */
  readonly hasBegun: boolean;
}

export interface TriggerRecord {
  readonly trigger: TriggerId;
  /** The definition that is valid; null: the trigger was removed. */
  readonly definition: TriggerDefinition | null;
  /** Version of the time zone data by which its ticks are due. */
  readonly tz: string;
  /** Every tick up to and including this instant has its verdict. */
  readonly decidedTo: Instant;
  /** The next instant at which a tick is due; null: there is none. */
  readonly armed: Instant | null;
  readonly pause: Pause | null;
  /** How many ticks that were decided last, one after the other, have this outcome, and the firing of their last row. */
  readonly streak: TickStreak | null;
  /** Position up to which an event trigger has consumed the bus. */
  readonly cursor: number | null;
  /** Ticks that were due before this instant were forgotten. */
  readonly forgottenTo: Instant | null;
}

export interface TickStreak {
  readonly outcome: TickOutcome;
  readonly count: number;
  readonly firing: string;
}

export interface TickQuery {
  readonly trigger?: TriggerId;
  /** Ticks after this instant, up to and including the other. */
  readonly from?: Instant;
  readonly to?: Instant;
  readonly outcome?: TickOutcome;
  readonly limit?: number;
}
