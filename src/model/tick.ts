/** A tick is a due moment of a trigger, or one firing of a trigger without a schedule. It ends in exactly one verdict. */
import type { Instant, Milliseconds, RunId } from './ids.ts';

/** Identifies a trigger in jitter, ledger and commands: `PIPELINE/NAME`. */
export type TriggerId = string;

/** A tick before its verdict. */
export interface DueTick {
  /** When it fires. */
  readonly at: Instant;
  /** Logical time, which its run is about: the instant of the schedule, or of what fired. */
  readonly time: Instant;
  /** Identity within the trigger: no two ticks share it. */
  readonly firing: string;
}

/** What became of a tick, and why. */
export type TickVerdict =
  /** Its run was queued. `supersedes`: waiting runs that it replaced. */
  | {
      readonly outcome: 'fired';
      readonly runId: RunId;
      readonly because: 'due' | 'caught_up' | 'by_hand' | 'occurred';
      readonly supersedes?: readonly RunId[];
    }
  /** A run that waits already stands for it. */
  | { readonly outcome: 'coalesced'; readonly runId: RunId }
  /** An earlier run of the trigger had not ended. */
  | { readonly outcome: 'skipped_overlap'; readonly open: RunId }
  /** It was missed, and catching up does not reach it: it lies beyond the limit or the window. */
  | { readonly outcome: 'skipped_catchup'; readonly beyond: 'limit' | 'window' }
  | { readonly outcome: 'skipped_condition'; readonly when: string }
  | { readonly outcome: 'skipped_calendar'; readonly calendar: string }
  | { readonly outcome: 'paused'; readonly author: string; readonly note?: string }
  /** Nobody decided in time: no scheduler ran, the machine slept, or its clock jumped. */
  | { readonly outcome: 'missed' }
  /** It was accepted and can never start. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

export const TICK_OUTCOMES = [
  'fired',
  'coalesced',
  'skipped_overlap',
  'skipped_catchup',
  'skipped_condition',
  'skipped_calendar',
  'paused',
  'missed',
  'refused',
] as const satisfies readonly TickVerdict['outcome'][];
export type TickOutcome = (typeof TICK_OUTCOMES)[number];

/** A tick of the ledger. */
export interface DecidedTick {
  readonly trigger: TriggerId;
  readonly at: Instant;
  readonly firing: string;
  readonly verdict: TickVerdict;
  readonly decidedAt: Instant;
  /** `HOST:PID` */
  readonly decidedBy: string;
  /** Version of the time zone data by which the tick was due. */
  readonly tz: string;
  /** Present when the row stands for several ticks in a row, from `at` up to and including `until`. */
  readonly row?: { readonly until: Instant; readonly count: number };
}

/** An instant that is noticed later than this was missed, unless the trigger says otherwise. */
export const LATE_AFTER_MS: Milliseconds = 60_000;

export interface Pause {
  readonly since: Instant;
  readonly author: string;
  readonly note?: string;
  /** When it ends by itself. */
  readonly until?: Instant;
}

export const isPausedAt = (pause: Pause | null, now: Instant): boolean =>
  pause !== null && (pause.until ?? Infinity) > now;
