/**
 * A cron expression parsed to numbers; the times at which it fires are computed elsewhere.
 * Import this module only where a cron expression is needed: it loads the parser.
 */
import { CronExpressionParser, type CronFieldCollection } from 'cron-parser';

/** Every list is sorted and holds each number once. Hours, minutes and seconds from 0; months and days from 1; Sunday is 0. */
export interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly daysOfMonth: {
    /** `*` or `?`: the field restricts nothing. When both day fields restrict, a day that matches either fires. */
    readonly any: boolean;
    readonly days: readonly number[];
    /** `L`: the last day of the month, beside `days`. */
    readonly last: boolean;
  };
  readonly daysOfWeek: {
    readonly any: boolean;
    readonly days: readonly number[];
    /** `5L`: the last Friday of the month, beside `days`. */
    readonly last: readonly number[];
    /** `1#2`: the second Monday of the month, beside `days`. */
    readonly nth: readonly { readonly day: number; readonly nth: number }[];
  };
  /** A time of day is fixed when neither hour nor minute begins with `*`; clock changes treat it differently. */
  readonly fixedTime: boolean;
}

export interface CronProblem {
  /** A sentence that names the field. */
  readonly problem: string;
  /** The wrong part of the text. */
  readonly start: number;
  readonly end: number;
}

const FIELDS = ['second', 'minute', 'hour', 'day of month', 'month', 'day of week'] as const;
type CronField = (typeof FIELDS)[number];
const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Parses five fields, six with seconds in front, or a nickname such as `@daily`. */
export function parseCron(text: string): Cron | CronProblem {
  const whole = { start: 0, end: text.length };
  const nickname = NICKNAMES.get(text.trim());
  if (nickname === undefined && text.trim().startsWith('@')) {
    return { problem: `unknown nickname; known are ${[...NICKNAMES.keys()].join(' ')}`, ...whole };
  }
  const atoms = [...(nickname ?? text).matchAll(/\S+/g)];
  if (atoms.length !== 5 && atoms.length !== 6) {
    const found = atoms.length === 0 ? 'none' : String(atoms.length);
    return {
      problem: `a cron expression has five fields (minute, hour, day of month, month, day of week), or six with seconds in front; found ${found}`,
      ...whole,
    };
  }
  const fields = new Map<CronField, FieldValues>([['second', { ...NOTHING, numbers: [0] }]]);
  for (const [index, atom] of atoms.entries()) {
    const field = FIELDS[index + FIELDS.length - atoms.length]!;
    const values = readField(field, atom[0]);
    if (typeof values === 'string')
      return { problem: values, start: atom.index, end: atom.index + atom[0].length };
    fields.set(field, values);
  }
  const isFixed = atoms.slice(-5, -3).every(([atom]) => !atom.startsWith('*'));
  const cron = cronOf((field) => fields.get(field)!, isFixed);
  if (!neverFires(cron)) return cron;
  const [days, months] = [atoms.at(-3)!, atoms.at(-2)!];
  return {
    problem: 'it never fires: none of its months has such a day',
    start: days.index,
    end: months.index + months[0].length,
  };
}

interface FieldValues {
  readonly any: boolean;
  readonly numbers: readonly number[];
  /** `L`, or `5L` and the like. */
  readonly lasts: readonly string[];
  readonly nth: readonly { readonly day: number; readonly nth: number }[];
}
const NOTHING: FieldValues = { any: false, numbers: [], lasts: [], nth: [] };

/** Returns a sentence when the field is wrong. Items are read one by one, as the parser rejects lists that overlap, such as `1-5,3`. */
function readField(field: CronField, atom: string): FieldValues | string {
  let values = NOTHING;
  for (const item of atom.split(',')) {
    const read = readItem(field, item);
    if (typeof read === 'string') return `the ${field} field "${atom}" is wrong: ${read}`;
    values = {
      any: values.any || read.any,
      numbers: sorted([...values.numbers, ...read.numbers]),
      lasts: [...values.lasts, ...read.lasts],
      nth: [...values.nth, ...read.nth],
    };
  }
  return values;
}

function readItem(field: CronField, item: string): FieldValues | string {
  if (item === '') return 'an item of its list is empty';
  if (/^H(?![a-z])/i.test(item)) return 'H stands for a random value and is not supported';
  try {
    // All other fields are wildcards, so that the parser can only complain about this one.
    const fields = FIELDS.map((name) => (name === field ? item : '*'));
    return valuesOf(field, CronExpressionParser.parse(fields.join(' ')).fields);
  } catch (cause) {
    return reason(cause);
  }
}

function valuesOf(field: CronField, parsed: CronFieldCollection): FieldValues {
  const read = parsed[PARSED[field]];
  const numbers = read.values.filter((value) => typeof value === 'number');
  const days = field === 'day of week' ? numbers.map((day) => day % 7) : numbers;
  const nth = field === 'day of week' ? parsed.dayOfWeek.nthDay : 0;
  return {
    any: read.isWildcard,
    numbers: nth === 0 ? days : [],
    lasts: read.values.filter((value) => typeof value === 'string'),
    nth: nth === 0 ? [] : days.map((day) => ({ day, nth })),
  };
}

const PARSED = {
  second: 'second',
  minute: 'minute',
  hour: 'hour',
  'day of month': 'dayOfMonth',
  month: 'month',
  'day of week': 'dayOfWeek',
} as const satisfies Record<CronField, keyof CronFieldCollection>;

function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const plain = message
    .replace(/^(Constraint|Validation) error,? */, '')
    .replace(/^got (?:value|range) (.*) expected range (.*)/, '$1 is not within $2')
    .replace(
      /^Invalid characters, got value: .*/,
      'it holds characters that have no meaning there',
    );
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}

function cronOf(read: (field: CronField) => FieldValues, fixedTime: boolean): Cron {
  const days = read('day of month');
  const weekdays = read('day of week');
  return {
    seconds: read('second').numbers,
    minutes: read('minute').numbers,
    hours: read('hour').numbers,
    months: read('month').numbers,
    daysOfMonth: { any: days.any, days: days.numbers, last: days.lasts.length > 0 },
    daysOfWeek: {
      any: weekdays.any,
      days: weekdays.numbers,
      last: sorted(weekdays.lasts.map((last) => Number.parseInt(last, 10) % 7)),
      nth: weekdays.nth,
    },
    fixedTime,
  };
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

function neverFires({ daysOfMonth, daysOfWeek, months }: Cron): boolean {
  if (daysOfMonth.any || daysOfMonth.last || !daysOfWeek.any) return false;
  return months.every((month) => daysOfMonth.days.every((day) => day > LONGEST_MONTH[month - 1]!));
}
