/** Moments as users write them: a date, or an instant with its offset. */
import type { Instant } from './ids.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** Returns the instant; undefined for a date, a time without its offset, or a day that does not exist. */
export function parseInstant(text: string): Instant | undefined {
  if (!INSTANT.test(text)) return undefined;
  return orUndefined(() => Temporal.Instant.from(text).epochMilliseconds);
}

/** Returns an instant as it is, and the first instant of a date in the zone. */
export function parseMoment(text: string, timezone: string): Instant | undefined {
  if (!DATE.test(text)) return parseInstant(text);
  return orUndefined(
    () => Temporal.PlainDate.from(text).toZonedDateTime(timezone).epochMilliseconds,
  );
}

/** Returns an instant as it is, and the last instant of a date in the zone. */
export function parseEnd(text: string, timezone: string): Instant | undefined {
  if (!DATE.test(text)) return parseInstant(text);
  return orUndefined(() => {
    const next = Temporal.PlainDate.from(text).add({ days: 1 });
    return next.toZonedDateTime(timezone).epochMilliseconds - 1;
  });
}

function orUndefined(read: () => Instant): Instant | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
