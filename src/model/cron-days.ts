/** The days of a month on which a cron expression fires, as bits: integers are what makes millions of ticks cheap. */
/** The day-of-month field; a day matches when any part of it does. */
export interface DaysOfMonth {
  readonly days: readonly number[];
  /** `L` is 0, `L-3` is 3: days before the last one of the month. */
  readonly beforeLast: readonly number[];
  /** `15W`: the weekday (Monday to Friday) nearest to the day, within its month. */
  readonly nearestWeekdays: readonly number[];
  /** `LW`: the last weekday of the month. */
  readonly lastWeekday: boolean;
}

/** The day-of-week field; Sunday is 0. */
export interface DaysOfWeek {
  readonly days: readonly number[];
  /** `5L`: the last Friday of the month. */
  readonly last: readonly number[];
  /** `1#2`: the second Monday of the month. */
  readonly nth: readonly { readonly day: number; readonly nth: number }[];
}

/** The part of a cron expression that chooses days. Months are sorted, from 1. */
export interface CronDays {
  readonly months: readonly number[];
  readonly daysOfMonth: DaysOfMonth;
  readonly daysOfWeek: DaysOfWeek;
  /** A day must match both day fields: one of them begins with `*` or is `?`. Otherwise a day that matches either fires. */
  readonly bothDays: boolean;
}

/** A month, counted from January of the year 0. */
export type MonthNumber = number;

/** Returns the days of a month on which the expression fires: bit 1 is the first. */
export function firingDays(cron: CronDays, month: MonthNumber): number {
  const { months, daysOfMonth, daysOfWeek, bothDays } = cron;
  if (!months.includes((month % 12) + 1)) return 0;
  const begin = firstDay(month);
  const shape = { length: firstDay(month + 1) - begin, begins: (begin + 4) % 7 };
  const all = (2 << shape.length) - 2;
  const byMonth = bitsOfMonth(daysOfMonth, shape);
  const byWeek = bitsOfWeek(daysOfWeek, shape);
  return (bothDays ? byMonth & byWeek : byMonth | byWeek) & all;
}

/** Returns the first day of a month in days since 1970-01-01. */
export function firstDay(month: MonthNumber): number {
  return Date.UTC(Math.floor(month / 12), month % 12, 1) / 86_400_000;
}

/** Returns whether no month of the calendar, which repeats after 400 years, has a day that matches. */
export function neverFires(cron: CronDays): boolean {
  const [from, to] = [2000 * 12, 2400 * 12];
  for (let month = from; month < to; month++) if (firingDays(cron, month) !== 0) return false;
  return true;
}

interface MonthShape {
  /** Number of days. */
  readonly length: number;
  /** Weekday of the first day. */
  readonly begins: number;
}

function bitsOfMonth(
  { days, beforeLast, nearestWeekdays, lastWeekday }: DaysOfMonth,
  shape: MonthShape,
): number {
  let bits = 0;
  for (const day of days) bits |= bit(day);
  for (const before of beforeLast) if (before < shape.length) bits |= bit(shape.length - before);
  for (const day of nearestWeekdays)
    if (day <= shape.length) bits |= bit(nearestWeekday(day, shape));
  return lastWeekday ? bits | bit(nearestWeekday(shape.length, shape)) : bits;
}

function nearestWeekday(day: number, { length, begins }: MonthShape): number {
  const weekday = (begins + day - 1) % 7;
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === length ? day - 2 : day + 1;
  return day;
}

function bitsOfWeek({ days, last, nth }: DaysOfWeek, { length, begins }: MonthShape): number {
  const firstOf = (weekday: number): number => ((weekday - begins + 7) % 7) + 1;
  let bits = 0;
  for (const weekday of days)
    for (let day = firstOf(weekday); day <= length; day += 7) bits |= bit(day);
  for (const weekday of last)
    bits |= bit(firstOf(weekday) + 7 * Math.floor((length - firstOf(weekday)) / 7));
  for (const { day: weekday, nth: week } of nth) {
    const day = firstOf(weekday) + 7 * (week - 1);
    if (day <= length) bits |= bit(day);
  }
  return bits;
}

/** Bit 31 is the sign, which the operators here respect. */
function bit(day: number): number {
  return 1 << day;
}
