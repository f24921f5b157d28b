/** Decides whether a calendar holds a date. Pure. */
import type { Instant } from '../../model/ids.ts';
import type { Calendar } from '../../model/trigger-definition.ts';

/** Asks for the date that the instant has in the zone. */
export function holdsDateOf(
  { weekdays, include, exclude }: Calendar,
  instant: Instant,
  timezone: string,
): boolean {
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone);
  const date = zoned.toPlainDate().toString();
  if (include.includes(date)) return true;
  return weekdays.includes(zoned.dayOfWeek) && !exclude.includes(date);
}
