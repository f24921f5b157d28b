/** Which instants of a schedule are due, as functions of values. */
import type { Instant } from '../model/ids.ts';
import { LATE_AFTER_MS } from '../model/tick.ts';

/** Returns the first instant after the given one. */
export type NextInstant = (after: Instant) => Instant;

export interface DueInstants {
  /** In their order; all are to be fired. */
  readonly onTime: readonly Instant[];
  /** The first instant that was noticed too late; undefined when none was. */
  readonly missed: Instant | undefined;
}

/** Returns what is due in (from, now]. */
export function dueIn(next: NextInstant, from: Instant, now: Instant): DueInstants {
  const first = next(from);
  const missed = first < now - LATE_AFTER_MS ? first : undefined;
  const onTime: Instant[] = [];
  const start = missed === undefined ? first : next(now - LATE_AFTER_MS - 1);
  for (let at = start; at <= now; at = next(at)) onTime.push(at);
  return { onTime, missed };
}
