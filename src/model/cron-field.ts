/** Reads one field of a cron expression: a list of values, ranges, steps and the special days. */
import { didYouMean } from './diagnostic.ts';

export type CronField = 'second' | 'minute' | 'hour' | 'day of month' | 'month' | 'day of week';

/** Plain values, sorted and each once; and the special days, whose fields stand in `DaysOfMonth` and `DaysOfWeek`. */
export interface FieldValues {
  readonly numbers: readonly number[];
  readonly beforeLast: readonly number[];
  readonly nearestWeekdays: readonly number[];
  readonly lastWeekday: boolean;
  readonly last: readonly number[];
  readonly nth: readonly { readonly day: number; readonly nth: number }[];
}

export interface FieldProblem {
  /** The end of the sentence "the field is wrong: …". */
  readonly problem: string;
  readonly hint?: string;
}

interface ValueRange {
  readonly first: number;
  readonly last: number;
  /** Names of the values from `first`. */
  readonly names?: readonly string[];
}

const LIMITS: Readonly<Record<CronField, ValueRange>> = {
  second: { first: 0, last: 59 },
  minute: { first: 0, last: 59 },
  hour: { first: 0, last: 23 },
  'day of month': { first: 1, last: 31 },
  month: {
    first: 1,
    last: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // Both 0 and 7 are Sunday.
  'day of week': {
    first: 0,
    last: 7,
    names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  },
};

export function readCronField(field: CronField, text: string): FieldValues | FieldProblem {
  const read: FieldValues[] = [];
  for (const item of text.split(',')) {
    const values = readItem(field, item);
    if ('problem' in values) return values;
    read.push(values);
  }
  return {
    numbers: sorted(read.flatMap(({ numbers }) => numbers)),
    beforeLast: sorted(read.flatMap(({ beforeLast }) => beforeLast)),
    nearestWeekdays: sorted(read.flatMap(({ nearestWeekdays }) => nearestWeekdays)),
    lastWeekday: read.some(({ lastWeekday }) => lastWeekday),
    last: sorted(read.flatMap(({ last }) => last)),
    nth: read.flatMap(({ nth }) => nth),
  };
}

function readItem(field: CronField, item: string): FieldValues | FieldProblem {
  if (item === '') return { problem: 'an item of its list is empty' };
  if (/^H(?![a-z])/i.test(item))
    return {
      problem: 'H stands for a random value and is not supported',
      hint: 'write a value; `jitter:` spreads triggers',
    };
  return readSpecialDay(field, item) ?? readRange(field, item);
}

const NOTHING: FieldValues = {
  numbers: [],
  beforeLast: [],
  nearestWeekdays: [],
  lastWeekday: false,
  last: [],
  nth: [],
};

/** Reads what only the fields of days know: `L`, `L-3`, `LW`, `15W`; `5L`, `FRI#2`. Returns undefined for anything else. */
function readSpecialDay(field: CronField, item: string): FieldValues | FieldProblem | undefined {
  if (field === 'day of month') {
    const [, before, nearest] = /^(?:L(?:-(\d+))?|(\d+)W)$/i.exec(item) ?? [];
    if (/^(?:LW|WL)$/i.test(item)) return { ...NOTHING, lastWeekday: true };
    if (nearest !== undefined) {
      const day = readValue(field, nearest);
      return typeof day === 'number' ? { ...NOTHING, nearestWeekdays: [day] } : day;
    }
    if (!/^L/i.test(item)) return undefined;
    const days = Number(before ?? 0);
    return /^L(?:-\d+)?$/i.test(item) && days <= 30
      ? { ...NOTHING, beforeLast: [days] }
      : { problem: `${item} is no day: L is the last day, L-1 to L-30 are days before it` };
  }
  if (field !== 'day of week') return undefined;
  if (/^L$/i.test(item))
    return { problem: 'L needs a day of the week in front: 5L is the last Friday of the month' };
  const [, name = '', nth] = /^(\w+?)(?:L|#(.*))$/i.exec(item) ?? [];
  if (name === '') return undefined;
  const day = readValue(field, name);
  if (typeof day !== 'number') return day;
  if (nth === undefined) return { ...NOTHING, last: [day % 7] };
  return /^[1-5]$/.test(nth)
    ? { ...NOTHING, nth: [{ day: day % 7, nth: Number(nth) }] }
    : { problem: `${nth} is not within 1-5, the weeks of a month` };
}

/** Reads `*`, `?`, `a`, `a-b`, each with or without `/n`; a range may go around the end, such as FRI-MON. */
function readRange(field: CronField, item: string): FieldValues | FieldProblem {
  const { first, last } = LIMITS[field];
  const [, range = '', step] = /^([^/]*)(?:\/(.*))?$/.exec(item) ?? [];
  const width = last - first + (field === 'day of week' ? 0 : 1);
  const every = step === undefined ? 1 : readStep(step);
  if (typeof every !== 'number') return every;
  if (range === '*' || range === '?') {
    if (range === '?' && !field.startsWith('day'))
      return { problem: '? has a meaning only in the fields of days' };
    return { ...NOTHING, numbers: stepsFrom(first, first + width - 1, every) };
  }
  const [, begin = range, end] = /^([^-]*)-(.*)$/.exec(range) ?? [];
  const from = readValue(field, begin);
  if (typeof from !== 'number') return from;
  const to = end === undefined ? lastOf(field, from, step) : readValue(field, end);
  if (typeof to !== 'number') return to;
  const numbers = stepsFrom(from, to < from ? to + width : to, every);
  return { ...NOTHING, numbers: sorted(numbers.map((each) => wrapped(each, { first, width }))) };
}

/** Returns where the range of a single value ends: with a step, at the end of the field. */
function lastOf(field: CronField, from: number, step: string | undefined): number {
  return step === undefined
    ? from
    : Math.max(from, field === 'day of week' ? 6 : LIMITS[field].last);
}

function stepsFrom(from: number, to: number, every: number): number[] {
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => from + i * every);
}

function wrapped(value: number, { first, width }: { first: number; width: number }): number {
  return ((value - first) % width) + first;
}

function readStep(step: string): number | FieldProblem {
  return /^\d{1,3}$/.test(step) && Number(step) > 0
    ? Number(step)
    : { problem: `the step "${step}" is not a whole number from 1 to 999` };
}

function readValue(field: CronField, text: string): number | FieldProblem {
  const { first, last, names = [] } = LIMITS[field];
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return first + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : undefined;
  if (value !== undefined && value >= first && value <= last) return value;
  if (/^\d+$/.test(text)) return { problem: `${text} is not within ${first}-${last}` };
  const nearest = didYouMean(text.toLowerCase(), names);
  const byName = names.length === 0 ? '' : ` or a name such as ${names[1]?.toUpperCase()}`;
  return {
    problem:
      text === ''
        ? `a value is missing; it is a number from ${first} to ${last}${byName}`
        : `"${text}" is not a number from ${first} to ${last}${byName}`,
    ...(nearest === undefined ? {} : { hint: nearest }),
  };
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}
