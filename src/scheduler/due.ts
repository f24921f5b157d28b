/**
 * `due`: a schedule and a window come in, the instants that are due in it go out, strictly increasing.
 * It reads no clock. Between two changes of a zone's offset everything is integer arithmetic in seconds.
 */
import type { Cron } from '../model/cron.ts';
import { type Instant, LAST_INSTANT, type Seconds } from '../model/ids.ts';
import type { DstPolicy } from '../model/pipeline.ts';
import { type NextWallTime, wallTimes } from './wall-times.ts';
import { type OffsetSpan, offsetSpanAt } from './zone-offsets.ts';

export interface CronSchedule {
  readonly cron: Cron;
  /** IANA name. */
  readonly timezone: string;
  readonly dst: DstPolicy;
}

/** The instants after `from`, up to and including `to`. */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * A schedule whose hour field is `*` fires at every instant whose wall time matches. Any other schedule has fixed times:
 * those that the clock jumps over fire together at the end of the gap, or are skipped; those that it shows twice fire as `fold` says.
 */
export function* due(schedule: CronSchedule, { from, to }: Window): Generator<Instant, void> {
  const { cron, timezone } = schedule;
  const end = Math.floor(Math.min(to, LAST_INSTANT) / 1000);
  const next = wallTimes(cron);
  let past = Math.floor(from / 1000);
  for (;;) {
    const span = offsetSpanAt(timezone, past + 1);
    if (span.from === past + 1 && span.from <= end && firesAfterGap(schedule, span, next)) {
      past = span.from;
      yield past * 1000;
    }
    const shown = wallsOf(schedule, span);
    const first = Math.max(shown.from, past + 1 + span.offset);
    const last = Math.min(shown.to, end + 1 + span.offset);
    for (let wall = next(first); wall < last; wall = next(wall + 1))
      yield (wall - span.offset) * 1000;
    if (span.to > end) return;
    past = span.to - 1;
  }
}

/** Returns whether a fixed time lies in the gap before the span, and is not skipped. */
export function firesAfterGap(
  { cron, dst }: CronSchedule,
  span: OffsetSpan,
  next: NextWallTime = wallTimes(cron),
): boolean {
  if (cron.everyHour || dst.gap === 'skip' || span.offsetBefore >= span.offset) return false;
  return next(span.from + span.offsetBefore) < span.from + span.offset;
}

/** Returns the wall times of a span at which the schedule may fire, without the passes of a repeated hour that do not count. */
function wallsOf({ cron, dst }: CronSchedule, span: OffsetSpan): { from: Seconds; to: Seconds } {
  const [from, to] = [span.from + span.offset, span.to + span.offset];
  const isFree = cron.everyHour || dst.fold === 'both';
  return {
    from: isFree || dst.fold === 'second' ? from : Math.max(from, span.from + span.offsetBefore),
    to: isFree || dst.fold === 'first' ? to : Math.min(to, span.to + span.offsetAfter),
  };
}
