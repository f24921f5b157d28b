/** The triggers of pipelines come in; a warning goes out for each schedule that does other than it seems to. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Instant, Milliseconds } from '../../model/ids.ts';
import type { Pipeline, TimeSpec, TriggerSpec } from '../../model/pipeline.ts';
import { isOfClock } from '../../model/trigger-definition.ts';
import type { TriggerId } from '../../model/tick.ts';
import { clockChangeAt } from '../../scheduler/clock-change.ts';
import { type PlannedTick, ticksOf } from '../../scheduler/ticks.ts';

type Scheduled = Pick<Pipeline, 'name' | 'triggers'>;

/** Warns of triggers that fire no more, and of those that a clock change will move within a year. */
export function scheduleWarnings({ name, triggers }: Scheduled, now: Instant): Diagnostic[] {
  return triggers.flatMap((spec) => {
    if (!isOfClock(spec)) return [];
    const trigger = `${name}/${spec.name}`;
    const [first] = upcoming(trigger, spec, { from: now, to: Infinity }, 1);
    if (first === undefined) return [firesNoMore(trigger, spec)];
    const inGap = spec.is === 'cron' ? firstInGap(trigger, spec, now) : undefined;
    return inGap === undefined ? [] : [firesAfterGap(trigger, spec, inGap)];
  });
}

/**
 * Warns of the fullest minute of the week ahead when more runs begin in it than may go on at once. Triggers that fire
 * every minute or more often are left out: they fill every minute alike.
 */
export function crowdWarning(
  pipelines: readonly Scheduled[],
  { now, maxRuns }: { readonly now: Instant; readonly maxRuns: number },
): readonly Diagnostic[] {
  const starts = pipelines.flatMap(({ name, triggers }) =>
    triggers.filter(isOfClock).flatMap((spec) => {
      const window = { from: now, to: now + WEEK_MS };
      const ticks = upcoming(`${name}/${spec.name}`, spec, window, MOST_TICKS);
      if (ticks.length === MOST_TICKS) return [];
      return ticks.map(({ at }) => ({ minute: Math.floor(at / MINUTE_MS), spec }));
    }),
  );
  let fullest: typeof starts = [];
  for (const there of Map.groupBy(starts, ({ minute }) => minute).values())
    if (there.length > fullest.length) fullest = there;
  const [first] = fullest;
  if (first === undefined || fullest.length <= maxRuns) return [];
  const warning: Diagnostic = {
    code: 'DP3010',
    severity: 'warning',
    message: `${fullest.length} runs begin in the minute of ${utc(first.minute * MINUTE_MS)}, and at most ${maxRuns} go on at once`,
    at: first.spec.at,
    hint: 'spread them with `jitter`, or raise `schedule.max_runs` in dp.yaml',
  };
  return [warning];
}

const MINUTE_MS: Milliseconds = 60_000;
const WEEK_MS: Milliseconds = 7 * 24 * 60 * MINUTE_MS;
const YEAR_MS: Milliseconds = 366 * 24 * 60 * MINUTE_MS;
/** A trigger with more ticks in a week fires every minute. */
const MOST_TICKS = WEEK_MS / MINUTE_MS;

const upcoming = (
  trigger: TriggerId,
  spec: TimeSpec,
  window: { readonly from: Instant; readonly to: Instant },
  most: number,
): readonly PlannedTick[] => [...ticksOf(trigger, spec, window).take(most)];

function firstInGap(trigger: TriggerId, spec: TimeSpec, now: Instant): Instant | undefined {
  // A schedule with more ticks a year fires at least every quarter of an hour, so no single time is meant.
  const ticks = upcoming(trigger, spec, { from: now, to: now + YEAR_MS }, 40_000);
  return ticks.find(({ time }) => clockChangeAt(spec, time)?.is === 'gap')?.time;
}

function firesNoMore(trigger: TriggerId, spec: TriggerSpec & TimeSpec): Diagnostic {
  const isOver = spec.is === 'at' || spec.end !== undefined;
  return {
    code: 'DP3010',
    severity: 'warning',
    message: `trigger ${trigger} never fires${isOver ? ' again: its last instant is over' : ''}`,
    at: spec.at,
    hint: isOver ? 'give it another time, or remove it' : 'correct its schedule, or remove it',
  };
}

function firesAfterGap(
  trigger: TriggerId,
  spec: TriggerSpec & TimeSpec,
  instant: Instant,
): Diagnostic {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(spec.timezone);
  const [date, time] = [local.toPlainDate().toString(), local.toPlainTime().toString().slice(0, 5)];
  return {
    code: 'DP3010',
    severity: 'warning',
    message: `trigger ${trigger} names a time that ${spec.timezone} does not have on ${date}: it fires at ${time}, when the clock has jumped`,
    at: spec.at,
    hint: 'take another hour or `timezone: UTC`, or leave that day out with `dst: { gap: skip }`',
  };
}

const utc = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 16)}Z`;
