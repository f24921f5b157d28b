/** A cron expression parsed to numbers; the times at which it fires are computed elsewhere. */
import { type CronDays, neverFires } from './cron-days.ts';
import { type CronField, type FieldValues, readCronField } from './cron-field.ts';

/** Every list is sorted and holds each number once. Hours, minutes and seconds from 0. */
export interface Cron extends CronDays {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** The hour field is `*`: the schedule follows real time. Any other gives fixed times, to which the policies for clock changes apply. */
  readonly everyHour: boolean;
}

export interface CronProblem {
  /** A sentence that names the field. */
  readonly problem: string;
  /** The wrong part of the text. */
  readonly start: number;
  readonly end: number;
  readonly hint?: string;
}

const FIELDS: readonly CronField[] = [
  'second',
  'minute',
  'hour',
  'day of month',
  'month',
  'day of week',
];
const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
/** Far above what a person writes; a longer text is not read. */
const LONGEST_TEXT = 1000;

/** Parses five fields, six with seconds in front, or a nickname such as `@daily`. */
export function parseCron(text: string): Cron | CronProblem {
  const atoms = splitFields(text);
  if ('problem' in atoms) return { ...atoms, start: 0, end: text.length };
  const fields = new Map<CronField, FieldValues>();
  for (const [index, atom] of atoms.entries()) {
    const field = FIELDS[index + FIELDS.length - atoms.length]!; // there are five or six
    const values = readCronField(field, atom.text);
    const [start, end] = [atom.start, atom.start + atom.text.length];
    if ('problem' in values) {
      const { problem, hint } = values;
      return {
        problem: `the ${field} field "${atom.text}" is wrong: ${problem}`,
        start,
        end,
        ...(hint === undefined ? {} : { hint }),
      };
    }
    fields.set(field, values);
  }
  const cron = cronOf(fields, (back) => atoms.at(back)?.text ?? '');
  if (!neverFires(cron)) return cron;
  const [days, weekdays] = [atoms.at(-3), atoms.at(-1)];
  return {
    problem: 'it never fires: none of its months has such a day',
    start: days?.start ?? 0,
    end: weekdays === undefined ? text.length : weekdays.start + weekdays.text.length,
  };
}

interface Atom {
  readonly text: string;
  readonly start: number;
}

type SplitProblem = Omit<CronProblem, 'start' | 'end'>;

function splitFields(text: string): readonly Atom[] | SplitProblem {
  const trimmed = text.trim();
  const nickname = NICKNAMES.get(trimmed.toLowerCase());
  if (nickname === undefined && trimmed.startsWith('@')) return unknownNickname(trimmed);
  if (text.length > LONGEST_TEXT)
    return { problem: `it is longer than ${LONGEST_TEXT} characters; several crons can be a list` };
  if (/^(?:CRON_)?TZ=/.test(trimmed))
    return {
      problem: 'a time zone does not belong into the expression',
      hint: 'write it under `timezone:`',
    };
  const atoms = Array.from((nickname ?? text).matchAll(/\S+/g), (match) => ({
    text: match[0],
    start: match.index,
  }));
  if (atoms.length === 5 || atoms.length === 6) return atoms;
  const found = atoms.length === 0 ? 'none' : String(atoms.length);
  return {
    problem: `a cron expression has five fields (minute, hour, day of month, month, day of week), or six with seconds in front; found ${found}`,
    ...(atoms.length === 7 && {
      hint: 'leave the year out; `start:` and `end:` limit a trigger to a time',
    }),
  };
}

function unknownNickname(nickname: string): SplitProblem {
  const known = `known are ${[...NICKNAMES.keys()].join(' ')}`;
  return nickname.toLowerCase() === '@reboot'
    ? {
        problem: `@reboot is no time; ${known}`,
        hint: 'run the pipeline from the service that starts with the machine',
      }
    : { problem: `unknown nickname; ${known}` };
}

function cronOf(fields: ReadonlyMap<CronField, FieldValues>, atom: (back: number) => string): Cron {
  const numbers = (field: CronField): readonly number[] => fields.get(field)?.numbers ?? [0];
  const days = fields.get('day of month');
  const weekdays = fields.get('day of week');
  return {
    seconds: numbers('second'),
    minutes: numbers('minute'),
    hours: numbers('hour'),
    months: numbers('month'),
    daysOfMonth: {
      days: numbers('day of month'),
      beforeLast: days?.beforeLast ?? [],
      nearestWeekdays: days?.nearestWeekdays ?? [],
      lastWeekday: days?.lastWeekday ?? false,
    },
    daysOfWeek: {
      days: numbers('day of week'),
      last: weekdays?.last ?? [],
      nth: weekdays?.nth ?? [],
    },
    bothDays: [-3, -1].some((back) => /^[*?]/.test(atom(back))),
    everyHour: atom(-4) === '*',
  };
}
