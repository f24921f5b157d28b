import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Cron, parseCron } from '../../../src/model/cron.ts';
import { testNeeding } from '../../test-needing.ts';

const CASES = join(import.meta.dirname, '../../../../shared/cases/cron/next.json');
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const EVERY: Cron = {
  seconds: [0],
  minutes: range(0, 59),
  hours: range(0, 23),
  months: range(1, 12),
  daysOfMonth: { any: true, days: range(1, 31), last: false },
  daysOfWeek: { any: true, days: range(0, 6), last: [], nth: [] },
  fixedTime: false,
};

describe('a cron expression becomes numbers', () => {
  test.each<[string, Partial<Cron>]>([
    ['* * * * *', {}],
    ['0 3 * * *', { minutes: [0], hours: [3], fixedTime: true }],
    ['  0  3 * * *\t', { minutes: [0], hours: [3], fixedTime: true }],
    ['*/15 * * * * *', { seconds: [0, 15, 30, 45] }],
    ['0,30 8-10 * * *', { minutes: [0, 30], hours: [8, 9, 10], fixedTime: true }],
    ['10-12,11,5 * * * *', { minutes: [5, 10, 11, 12] }],
    [
      '* * * * 1#2,5L,3',
      { daysOfWeek: { any: false, days: [3], last: [5], nth: [{ day: 1, nth: 2 }] } },
    ],
    ['5/20 * * * *', { minutes: [5, 25, 45] }],
    ['* * 31 * *', { daysOfMonth: { any: false, days: [31], last: false } }],
    ['* * L 2 *', { months: [2], daysOfMonth: { any: false, days: [], last: true } }],
    ['* * ? * 7', { daysOfWeek: { any: false, days: [0], last: [], nth: [] } }],
    [
      '* * * jan,DEC mon-fri',
      { months: [1, 12], daysOfWeek: { any: false, days: [1, 2, 3, 4, 5], last: [], nth: [] } },
    ],
    ['* * * * 5L', { daysOfWeek: { any: false, days: [], last: [5], nth: [] } }],
    ['* * * * 1#2', { daysOfWeek: { any: false, days: [], last: [], nth: [{ day: 1, nth: 2 }] } }],
    [
      '* * 30 2 1',
      {
        months: [2],
        daysOfMonth: { any: false, days: [30], last: false },
        daysOfWeek: { any: false, days: [1], last: [], nth: [] },
      },
    ],
    ['@daily', { minutes: [0], hours: [0], fixedTime: true }],
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
    ['* * * fbe *', 'the month field "fbe" is wrong: cannot resolve alias "fbe"'],
    ['* * * * 8', 'the day of week field "8" is wrong'],
    ['* * * * 1#6', 'the day of week field "1#6" is wrong'],
    ['*/0 * * * *', 'the minute field "*/0" is wrong'],
    ['5-1 * * * *', 'the minute field "5-1" is wrong'],
    ['1,,2 * * * *', 'the minute field "1,,2" is wrong: an item of its list is empty'],
    ['a * * * *', 'the minute field "a" is wrong: it holds characters that have no meaning there'],
    [
      'H * * * *',
      'the minute field "H" is wrong: H stands for a random value and is not supported',
    ],
    ['@reboot', 'unknown nickname'],
    ['0 0 30 2 *', 'it never fires'],
    ['0 0 31 4,6,9,11 *', 'it never fires'],
  ])('%s', (text, problem) => {
    expect(parseCron(text)).toMatchObject({ problem: expect.stringContaining(problem) as string });
  });

  test('and its place in the text', () => {
    expect(parseCron('0  24 * * *')).toMatchObject({ start: 3, end: 5 });
    expect(parseCron('0 0 30 2 *')).toMatchObject({ start: 4, end: 8 });
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
