/**
 * Writes an instant as text by a pattern of the letters of Unicode (https://unicode.org/reports/tr35/tr35-dates.html),
 * in the Gregorian calendar with English names: `yyyy-MM-dd'T'HH:mm:ssXXX`.
 */
import type { Instant } from '../../model/ids.ts';
import { isTimeZone } from '../../model/time-zone.ts';

/** Error for a pattern or a zone that cannot be used; its message completes "date(…) ". */
export class DatePatternProblem extends Error {
  override readonly name = 'DatePatternProblem';
}

type Moment = Temporal.ZonedDateTime;

/** Matches a quoted part, two quotes that stand for one, or a run of one letter. */
const PIECE = /'((?:[^']|'')+)'|''|([A-Za-z])\2*/g;

const PIECES: Readonly<Record<string, (moment: Moment) => string>> = {
  yyyy: ({ year }) => padded(year, 4),
  yy: ({ year }) => padded(year % 100, 2),
  y: ({ year }) => String(year),
  MMMM: (moment) => MONTHS[moment.month - 1] ?? '',
  MMM: (moment) => (MONTHS[moment.month - 1] ?? '').slice(0, 3),
  MM: ({ month }) => padded(month, 2),
  M: ({ month }) => String(month),
  dd: ({ day }) => padded(day, 2),
  d: ({ day }) => String(day),
  DDD: ({ dayOfYear }) => padded(dayOfYear, 3),
  D: ({ dayOfYear }) => String(dayOfYear),
  Q: ({ month }) => String(Math.ceil(month / 3)),
  YYYY: ({ yearOfWeek = 0 }) => padded(yearOfWeek, 4),
  ww: ({ weekOfYear = 0 }) => padded(weekOfYear, 2),
  w: ({ weekOfYear = 0 }) => String(weekOfYear),
  EEEE: (moment) => DAYS[moment.dayOfWeek - 1] ?? '',
  EEE: (moment) => (DAYS[moment.dayOfWeek - 1] ?? '').slice(0, 3),
  e: ({ dayOfWeek }) => String(dayOfWeek),
  HH: ({ hour }) => padded(hour, 2),
  H: ({ hour }) => String(hour),
  hh: ({ hour }) => padded(hour % 12 || 12, 2),
  h: ({ hour }) => String(hour % 12 || 12),
  a: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  mm: ({ minute }) => padded(minute, 2),
  m: ({ minute }) => String(minute),
  ss: ({ second }) => padded(second, 2),
  s: ({ second }) => String(second),
  SSS: ({ millisecond }) => padded(millisecond, 3),
  XXX: ({ offset }) => (offset === '+00:00' ? 'Z' : offset),
  xxx: ({ offset }) => offset,
  xx: ({ offset }) => offset.replaceAll(':', ''),
  VV: ({ timeZoneId }) => timeZoneId,
};

/** Throws DatePatternProblem for a letter without a meaning, and for a zone that does not exist. */
export function dateText(instant: Instant, pattern: string, zone = 'UTC'): string {
  checkDatePattern(pattern);
  checkZone(zone);
  const moment = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  return pattern.replaceAll(PIECE, (piece: string, quoted?: string) =>
    piece.startsWith("'") ? (quoted ?? "'").replaceAll("''", "'") : (PIECES[piece]?.(moment) ?? ''),
  );
}

/** Throws DatePatternProblem. */
export function checkDatePattern(pattern: string): void {
  if (/%[A-Za-z]/.test(pattern))
    throw new DatePatternProblem(
      `has the pattern "${pattern}", and patterns are letters as in yyyy-MM-dd HH:mm:ss`,
    );
  if (pattern.replaceAll(PIECE, '').includes("'"))
    throw new DatePatternProblem(`has the pattern "${pattern}", in which a quote is never closed`);
  for (const [piece] of pattern.matchAll(PIECE)) {
    if (piece.startsWith("'") || Object.hasOwn(PIECES, piece)) continue;
    const known = Object.keys(PIECES).filter((one) => one.startsWith(piece.charAt(0)));
    const remedy =
      known.length > 0
        ? `write ${known.join(', ')}`
        : `text stands in quotes: '${piece}'; known are ${Object.keys(PIECES).join(' ')}`;
    throw new DatePatternProblem(
      `has ${piece} in its pattern, which has no meaning there; ${remedy}`,
    );
  }
}

/** Throws DatePatternProblem. */
export function checkZone(zone: string): void {
  if (!isTimeZone(zone))
    throw new DatePatternProblem(
      `has the time zone "${zone}", which does not exist; zones are named as Europe/Paris`,
    );
}

const padded = (value: number, digits: number): string =>
  value < 0 ? `-${padded(-value, digits)}` : String(value).padStart(digits, '0');

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
