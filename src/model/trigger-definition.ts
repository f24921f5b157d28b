/** What a scheduler knows of a trigger: the part of its pipeline that decides when it fires and what it starts. */
import type { Instant } from './ids.ts';
import { canonicalJson, type Json } from './json.ts';
import type { TimePolicies, TimeSpec, TriggerPolicies, TriggerSpec } from './pipeline.ts';
import type { TriggerId } from './tick.ts';

/** Plain data: it is kept as JSON. */
export interface TriggerDefinition {
  readonly trigger: TriggerId;
  readonly pipeline: string;
  /** Absolute path of the pipeline file. */
  readonly file: string;
  readonly spec: TriggerSpec;
  /** The calendar that the trigger names. */
  readonly calendar?: Calendar;
  /** Most runs of the pipeline at once. */
  readonly concurrency?: number;
}

/** The dates on which triggers that name it may fire. */
export interface Calendar {
  /** Days of the week that it holds, 1 (Monday) to 7. */
  readonly weekdays: readonly number[];
  /** Dates such as 2026-12-25: those it holds beyond its weekdays, and those of its weekdays that it does not hold. `include` is the stronger. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** A trigger of the clock. */
export type ClockTrigger = TriggerPolicies & TimeSpec & TimePolicies;

export function isOfClock(spec: TriggerSpec): spec is ClockTrigger {
  return spec.is === 'cron' || spec.is === 'every' || spec.is === 'at';
}

/** A span in which one schedule of the trigger was valid: its ticks after `from`, up to and including `to`, are in the ledger. */
export interface DefinitionWindow {
  readonly from: Instant;
  /** Null: still valid. */
  readonly to: Instant | null;
  /** Version of the time zone data. */
  readonly tz: string;
  readonly definition: TriggerDefinition;
}

/** Returns a text that is the same for definitions with the same ticks. */
export function scheduleOf({ spec }: TriggerDefinition): string {
  const { at: _at, name: _name, params: _params, overlap: _overlap, when: _when, ...own } = spec;
  const {
    catchup: _catchup,
    lateAfter: _late,
    calendar: _calendar,
    ...schedule
  } = {
    catchup: undefined,
    lateAfter: undefined,
    calendar: undefined,
    ...own,
  };
  // The cast is safe: it came from JSON values of a file.
  return canonicalJson(schedule as unknown as Json);
}
