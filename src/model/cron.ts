/**
 * A cron expression as the numbers it stands for; when it fires is worked out elsewhere.
 * Import this only where a cron expression is at hand: it loads the parser.
 */
import { CronExpressionParser } from 'cron-parser';

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
    /** `1#2`: only the second one of the month. Null: each. */
    readonly nth: number | null;
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

/** Five fields, six with seconds in front, or a nickname such as `@daily`. */
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
  const names = FIELDS.slice(FIELDS.length - atoms.length);
  for (const [index, atom] of atoms.entries()) {
    const problem = problemOf(atom[0], names[index]!);
    if (problem !== undefined)
      return { problem, start: atom.index, end: atom.index + atom[0].length };
  }
  const cron = readFields(atoms.map(([atom]) => atom));
  if (neverFires(cron)) {
    const [first, last] = [atoms.at(-3)!, atoms.at(-2)!];
    return {
      problem: 'it never fires: none of its months has such a day',
      start: first.index,
      end: last.index + last[0].length,
    };
  }
  return cron;
}

/** The field is tried alone, among wildcards: the parser does not say which one it means. */
function problemOf(atom: string, field: (typeof FIELDS)[number]): string | undefined {
  if (/(^|,)H(?![a-z])/i.test(atom))
    return `the ${field} field "${atom}" uses H, which stands for a random value and is not supported`;
  const fields = FIELDS.map((name) => (name === field ? atom : '*'));
  try {
    CronExpressionParser.parse(fields.join(' '));
    return undefined;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Tried with all months, a day of the month can only be out of range.
    const reason = message
      .replace(/^(Constraint|Validation) error,? */, '')
      .replace(/^got (?:value|range) (.*) expected range (.*)/, '$1 is not within $2')
      .replace(
        /^Invalid characters, got value: .*/,
        'it holds characters that have no meaning there',
      );
    return `the ${field} field "${atom}" is wrong: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  }
}

function readFields(atoms: readonly string[]): Cron {
  const [second, minute, hour, , month, dayOfWeek] = atoms.length === 5 ? ['0', ...atoms] : atoms;
  const dayOfMonth = atoms.at(-3)!;
  // Asked with all months and all weekdays, as the parser drops or refuses days that a month does not have.
  const { fields } = CronExpressionParser.parse(
    [second, minute, hour, dayOfMonth, '*', '*'].join(' '),
  );
  const others = CronExpressionParser.parse(
    ['0', '0', '0', '*', month, dayOfWeek].join(' '),
  ).fields;
  const weekdays = others.dayOfWeek.values;
  return {
    seconds: numbersIn(fields.second.values),
    minutes: numbersIn(fields.minute.values),
    hours: numbersIn(fields.hour.values),
    months: numbersIn(others.month.values),
    daysOfMonth: {
      any: fields.dayOfMonth.isWildcard,
      days: numbersIn(fields.dayOfMonth.values),
      last: fields.dayOfMonth.hasLastChar,
    },
    daysOfWeek: {
      any: others.dayOfWeek.isWildcard,
      days: numbersIn(weekdays.map((day) => (typeof day === 'number' ? day % 7 : day))),
      last: numbersIn(
        weekdays.flatMap((day) => (typeof day === 'string' ? [Number.parseInt(day, 10) % 7] : [])),
      ),
      nth: others.dayOfWeek.nthDay || null,
    },
    fixedTime: !minute!.startsWith('*') && !hour!.startsWith('*'),
  };
}

function numbersIn(values: readonly (number | string)[]): readonly number[] {
  const numbers = new Set(values.filter((value) => typeof value === 'number'));
  return [...numbers].sort((a, b) => a - b);
}

function neverFires({ daysOfMonth, daysOfWeek, months }: Cron): boolean {
  if (daysOfMonth.any || daysOfMonth.last || !daysOfWeek.any) return false;
  return months.every((month) => daysOfMonth.days.every((day) => day > LONGEST_MONTH[month - 1]!));
}
