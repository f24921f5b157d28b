import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Cron, parseCron } from '../../src/model/cron.ts';
import { testNeeding } from '../test-needing.ts';

const CASES = join(import.meta.dirname, '../../../shared/cases/cron/next.json');
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const EVERY: Cron = {
  seconds: [0],
  minutes: range(0, 59),
  hours: range(0, 23),
  months: range(1, 12),
  daysOfMonth: { days: range(1, 31), beforeLast: [], nearestWeekdays: [], lastWeekday: false },
  daysOfWeek: { days: range(0, 6), last: [], nth: [] },
  bothDays: true,
  everyHour: true,
};
const NO_DAYS = { days: [], beforeLast: [], nearestWeekdays: [], lastWeekday: false };
const NO_WEEKDAYS = { days: [], last: [], nth: [] };

describe('a cron expression becomes numbers', () => {
  test.each<[string, Partial<Cron>]>([
    ['* * * * *', {}],
    ['0 3 * * *', { minutes: [0], hours: [3], everyHour: false }],
    ['  0  3 * * *\t', { minutes: [0], hours: [3], everyHour: false }],
    ['*/15 * * * * *', { seconds: [0, 15, 30, 45] }],
    ['0,30 8-10 * * *', { minutes: [0, 30], hours: [8, 9, 10], everyHour: false }],
    ['0 */6 * * *', { minutes: [0], hours: [0, 6, 12, 18], everyHour: false }],
    ['10-12,11,5 * * * *', { minutes: [5, 10, 11, 12] }],
    ['58-2 * * * *', { minutes: [0, 1, 2, 58, 59] }],
    ['0 22-4/2 * * *', { minutes: [0], hours: [0, 2, 4, 22], everyHour: false }],
    ['* * * * 1#2,5L,3', { daysOfWeek: { days: [3], last: [5], nth: [{ day: 1, nth: 2 }] } }],
    ['5/20 * * * *', { minutes: [5, 25, 45] }],
    ['* * 31 * *', { daysOfMonth: { ...NO_DAYS, days: [31] } }],
    ['* * 30-2 * *', { daysOfMonth: { ...NO_DAYS, days: [1, 2, 30, 31] } }],
    ['* * L 2 *', { months: [2], daysOfMonth: { ...NO_DAYS, beforeLast: [0] } }],
    ['* * L-3,15W * *', { daysOfMonth: { ...NO_DAYS, beforeLast: [3], nearestWeekdays: [15] } }],
    ['* * LW * *', { daysOfMonth: { ...NO_DAYS, lastWeekday: true } }],
    ['* * ? * 7', { daysOfWeek: { ...NO_WEEKDAYS, days: [0] } }],
    ['* * * nov-FEB *', { months: [1, 2, 11, 12] }],
    [
      '* * * jan,DEC mon-fri',
      { months: [1, 12], daysOfWeek: { ...NO_WEEKDAYS, days: [1, 2, 3, 4, 5] } },
    ],
    ['* * * * FRI-MON', { daysOfWeek: { ...NO_WEEKDAYS, days: [0, 1, 5, 6] } }],
    ['* * * * 5L', { daysOfWeek: { ...NO_WEEKDAYS, last: [5] } }],
    ['* * * * FRI#2', { daysOfWeek: { ...NO_WEEKDAYS, nth: [{ day: 5, nth: 2 }] } }],
    [
      '* * 30 2 1',
      {
        months: [2],
        daysOfMonth: { ...NO_DAYS, days: [30] },
        daysOfWeek: { ...NO_WEEKDAYS, days: [1] },
        bothDays: false,
      },
    ],
    [
      '* * */16 * 1',
      {
        daysOfMonth: { ...NO_DAYS, days: [1, 17] },
        daysOfWeek: { ...NO_WEEKDAYS, days: [1] },
      },
    ],
    ['@daily', { minutes: [0], hours: [0], everyHour: false }],
    ['@hourly', { minutes: [0] }],
  ])('%s', (text, fields) => {
    expect(parseCron(text)).toEqual({ ...EVERY, ...fields });
  });
});

describe('a wrong one is reported, with the field', () => {
  test.each([
    ['', 'found none'],
    ['5 * * *', 'found 4'],
    ['* * * * * * *', 'found 7'],
    ['61 * * * *', 'the minute field "61" is wrong: 61 is not within 0-59'],
    ['60 * * * * *', 'the second field "60" is wrong: 60 is not within 0-59'],
    ['* 24 * * *', 'the hour field "24" is wrong: 24 is not within 0-23'],
    ['* * 0 * *', 'the day of month field "0" is wrong'],
    ['* * 32 * *', 'the day of month field "32" is wrong'],
    ['* * * 13 *', 'the month field "13" is wrong'],
    [
      '* * * fbe *',
      'the month field "fbe" is wrong: "fbe" is not a number from 1 to 12 or a name such as FEB',
    ],
    ['* * * * 8', 'the day of week field "8" is wrong'],
    ['* * * * 1#6', 'the day of week field "1#6" is wrong'],
    ['*/0 * * * *', 'the minute field "*/0" is wrong'],
    ['5- * * * *', 'the minute field "5-" is wrong: a value is missing'],
    ['0/ * * * *', 'the step "" is not a whole number from 1 to 999'],
    ['1-2-3 * * * *', '"2-3" is not a number from 0 to 59'],
    ['? * * * *', 'the minute field "?" is wrong: ? has a meaning only in the fields of days'],
    ['* * L-31 * *', 'L-31 is no day'],
    ['* * 32W * *', '32 is not within 1-31'],
    ['* * * * L', 'L needs a day of the week in front'],
    ['0 0 30W 2 *', 'it never fires'],
    ['0 0 * 2 1#6', '6 is not within 1-5'],
    ['CRON_TZ=UTC 0 3 * * *', 'a time zone does not belong into the expression'],
    [`${'1,'.repeat(600)}1 * * * *`, 'longer than 1000 characters'],
    ['1,,2 * * * *', 'the minute field "1,,2" is wrong: an item of its list is empty'],
    ['a * * * *', 'the minute field "a" is wrong: "a" is not a number from 0 to 59'],
    [
      'H * * * *',
      'the minute field "H" is wrong: H stands for a random value and is not supported',
    ],
    ['@reboot', '@reboot is no time'],
    ['0 0 30 2 *', 'it never fires'],
    ['0 0 31 4,6,9,11 *', 'it never fires'],
  ])('%s', (text, problem) => {
    expect(parseCron(text)).toMatchObject({ problem: expect.stringContaining(problem) as string });
  });

  test('and its place in the text', () => {
    expect(parseCron('0  24 * * *')).toMatchObject({ start: 3, end: 5 });
    expect(parseCron('0 0 30 2 *')).toMatchObject({ start: 4, end: 10 });
  });

  test.each([
    ['@reboot', 'service'],
    ['* * * * * * *', 'leave the year out'],
    ['TZ=UTC 0 3 * * *', '`timezone:`'],
    ['H * * * *', '`jitter:`'],
    ['0 0 * * fry', 'did you mean "fri"?'],
  ])('with a remedy: %s', (text, remedy) => {
    expect(parseCron(text)).toMatchObject({ hint: expect.stringContaining(remedy) as string });
  });

  test('the 29th of February is a day', () => {
    expect(parseCron('0 0 29 2 *')).not.toHaveProperty('problem');
  });
});

testNeeding('the shared cases beside the checkout', existsSync(CASES))(
  'every expression that other libraries agree on is read',
  () => {
    const cases = JSON.parse(readFileSync(CASES, 'utf8')) as { expr: string }[];
    const wrong = cases.filter(({ expr }) => 'problem' in parseCron(expr)).map(({ expr }) => expr);
    expect(wrong).toEqual([]);
  },
);
