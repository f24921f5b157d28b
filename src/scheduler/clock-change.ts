/** Names the clock change that decided about a tick. */
import type { Instant } from '../model/ids.ts';
import type { TimeSpec } from '../model/pipeline.ts';
import { firesAfterGap } from './due.ts';
import { cronSchedules } from './ticks.ts';
import { offsetSpanAt } from './zone-offsets.ts';

export interface ClockChange {
  /** `gap`: the tick stands for times that the clock jumped over. `fold`: the clock shows its time twice. */
  readonly is: 'gap' | 'fold';
  /** When the offset of the zone changes. */
  readonly at: Instant;
}

/** Returns undefined when no clock change decided about the tick. Schedules that follow real time know none. */
export function clockChangeAt(spec: TimeSpec, instant: Instant): ClockChange | undefined {
  if (spec.is !== 'cron') return undefined;
  const schedules = cronSchedules(spec).filter(({ cron }) => !cron.everyHour);
  const second = instant / 1000;
  const span = offsetSpanAt(spec.timezone, second);
  if (second === span.from && schedules.some((schedule) => firesAfterGap(schedule, span)))
    return { is: 'gap', at: instant };
  if (schedules.length === 0) return undefined;
  if (second < span.from + span.offsetBefore - span.offset)
    return { is: 'fold', at: span.from * 1000 };
  const isRepeated = second >= span.to + span.offsetAfter - span.offset;
  return isRepeated ? { is: 'fold', at: span.to * 1000 } : undefined;
}
