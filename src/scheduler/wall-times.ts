/** Finds the wall times of a cron expression. Written with tables and bits, as a tick has to cost well below a microsecond. */
import type { Cron } from '../model/cron.ts';
import { firingDays, firstDay, type MonthNumber } from '../model/cron-days.ts';
import type { Seconds } from '../model/ids.ts';

/** Returns the first matching wall time that is not before `from`, in seconds since 1970-01-01T00:00:00 on the same clock; Infinity when the calendar ends. */
export type NextWallTime = (from: Seconds) => Seconds;

const DAY: Seconds = 86_400;
/** January of the year 10,000, which ISO 8601 cannot write. */
const END_OF_CALENDAR: MonthNumber = 10_000 * 12;

/** Returns the one function of a cron expression. It keeps the month of its last call, so calls are cheapest in order. */
export function wallTimes(cron: Cron): NextWallTime {
  return known.getOrInsertComputed(cron, makeWallTimes);
}

const known = new WeakMap<Cron, NextWallTime>();

function makeWallTimes(cron: Cron): NextWallTime {
  const nextTime = timesOfDay(cron);
  let month = -1;
  let days = 0;
  /** First day of the month and of the next one. */
  let [first, after] = [0, 0];
  const enter = (entered: MonthNumber): void => {
    month = entered;
    days = firingDays(cron, month);
    [first, after] = [firstDay(month), firstDay(month + 1)];
  };

  return (from) => {
    let day = Math.floor(from / DAY);
    if (day < first || day >= after) enter(monthOf(from));
    if ((days & (1 << (day - first + 1))) !== 0) {
      const time = nextTime(from - day * DAY);
      if (time < DAY) return day * DAY + time;
    }
    let rest = days & (-2 << (day - first + 1));
    while (rest === 0) {
      if (month >= END_OF_CALENDAR) return Infinity;
      enter(month + 1);
      rest = days;
    }
    day = first - 1 + lowestBit(rest);
    return day * DAY + nextTime(0);
  };
}

function monthOf(wall: Seconds): MonthNumber {
  const date = new Date(wall * 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Returns the first matching time of day that is not before `from`; a whole day when there is none. */
function timesOfDay({ hours, minutes, seconds }: Cron): (from: Seconds) => Seconds {
  const [hourFrom, minuteFrom, secondFrom] = [
    table(hours, 24),
    table(minutes, 60),
    table(seconds, 60),
  ];
  const [firstMinute, firstSecond] = [minutes[0]! * 60, seconds[0]!]; // no field is empty
  return (from) => {
    const hour = Math.floor(from / 3600);
    const minute = Math.floor(from / 60) % 60;
    if (hourFrom[hour] === hour) {
      const begin = hour * 3600;
      if (minuteFrom[minute] === minute) {
        const second = secondFrom[from % 60]!;
        if (second !== NONE) return begin + minute * 60 + second;
      }
      const later = minuteFrom[minute + 1]!;
      if (later !== NONE) return begin + later * 60 + firstSecond;
    }
    const later = hourFrom[hourFrom[hour] === hour ? hour + 1 : hour]!;
    return later === NONE ? DAY : later * 3600 + firstMinute + firstSecond;
  };
}

const NONE = -1;

/** Returns for each value the first of the sorted ones that is not below it. */
function table(values: readonly number[], size: number): Int8Array {
  const next = new Int8Array(size + 1).fill(NONE);
  for (let place = values.length - 1, value = size - 1; value >= 0; value--) {
    while (place > 0 && values[place - 1]! >= value) place--;
    if (values[place]! >= value) next[value] = values[place]!;
  }
  return next;
}
