import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron as Croner } from 'croner';
import { describe, expect, test } from 'vitest';
import { type Cron, parseCron } from '../../src/model/cron.ts';
import type { DstPolicy } from '../../src/model/pipeline.ts';
import { due } from '../../src/scheduler/due.ts';
import { testNeeding } from '../test-needing.ts';

const CASES = join(import.meta.dirname, '../../../shared/cases/cron');
const DAY = 86_400_000;
const RUN_AFTER: DstPolicy = { gap: 'run_after', fold: 'first' };
/** The policy of each column of the shared cases. */
const COLUMNS: Readonly<Record<string, DstPolicy>> = {
  skip_first: { gap: 'skip', fold: 'first' },
  run_after_first: RUN_AFTER,
  skip_both: { gap: 'skip', fold: 'both' },
};

describe('clock changes', () => {
  test.for<[why: string, cron: string, zone: string, dst: DstPolicy, from: string, at: string[]]>([
    [
      'a time in the gap fires at its end',
      '30 2 * * *',
      'Europe/Berlin',
      RUN_AFTER,
      '2026-03-28',
      ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    [
      'or is skipped',
      '30 2 * * *',
      'Europe/Berlin',
      { gap: 'skip', fold: 'first' },
      '2026-03-28',
      ['2026-03-28T01:30Z', '2026-03-30T00:30Z'],
    ],
    [
      'several times in one gap are one tick, also with one at its end',
      '0,30 2,3 * * *',
      'America/New_York',
      RUN_AFTER,
      '2026-03-08T05:00Z',
      ['2026-03-08T07:00Z', '2026-03-08T07:30Z', '2026-03-09T06:00Z'],
    ],
    [
      'a gap of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      RUN_AFTER,
      '2026-10-03',
      ['2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    ],
    [
      'a gap over midnight',
      '30 23 * * *',
      'America/Nuuk',
      RUN_AFTER,
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    [
      'a date that never was',
      '0 12 30 * *',
      'Pacific/Apia',
      RUN_AFTER,
      '2011-12-29',
      ['2011-12-30T10:00Z', '2012-01-29T22:00Z'],
    ],
    [
      'and coincides with the next one',
      '0 0 * * *',
      'Pacific/Apia',
      RUN_AFTER,
      '2011-12-28T12:00Z',
      ['2011-12-29T10:00Z', '2011-12-30T10:00Z', '2011-12-31T10:00Z'],
    ],
    [
      'a repeated time fires at its first pass',
      '30 2 * * *',
      'Europe/Berlin',
      RUN_AFTER,
      '2026-10-25',
      ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'or at the second',
      '30 2 * * *',
      'Europe/Berlin',
      { gap: 'skip', fold: 'second' },
      '2026-10-25',
      ['2026-10-25T01:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'or at both',
      '30 2 * * *',
      'Europe/Berlin',
      { gap: 'skip', fold: 'both' },
      '2026-10-25',
      ['2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'every hour follows real time through a fold',
      '30 * * * *',
      'Europe/Berlin',
      RUN_AFTER,
      '2026-10-25',
      ['2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'],
    ],
    [
      'and through a gap',
      '30 * * * *',
      'Europe/Berlin',
      RUN_AFTER,
      '2026-03-29',
      ['2026-03-29T00:30Z', '2026-03-29T01:30Z'],
    ],
    [
      'every second hour is a list of fixed times',
      '0 */2 * * *',
      'Europe/Berlin',
      RUN_AFTER,
      '2026-03-28T22:00Z',
      ['2026-03-28T23:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ],
  ])('%s: %s in %s', ([, cron, timezone, dst, from, at]) => {
    const to = instantOf(at.at(-1)!);
    expect(ticks(cron, { timezone, dst, from: instantOf(from), to })).toEqual(at.map(instantOf));
  });
});

describe('windows and days', () => {
  test('a window excludes its begin and includes its end', () => {
    const [from, to] = [instantOf('2026-01-01T00:00Z'), instantOf('2026-01-01T00:02Z')];
    expect(ticks('* * * * *', { from, to })).toEqual([from + 60_000, to]);
    expect(ticks('* * * * *', { from: from - 1, to: from })).toEqual([from]);
    expect(ticks('* * * * *', { from, to: from })).toEqual([]);
    expect(ticks('* * * * *', { from: to, to: from })).toEqual([]);
  });

  test.for([
    ['0 0 15W * *', '2026-02-01', '2026-02-16'], // the 15th is a Sunday
    ['0 0 1W * *', '2026-07-31', '2026-08-03'], // the 1st is a Saturday, the Friday is of July
    ['0 0 31W * *', '2026-05-02', '2026-05-29'], // the 31st is a Sunday
    ['0 0 LW * *', '2026-02-01', '2026-02-27'],
    ['0 0 L-2 * *', '2026-02-01', '2026-02-26'],
    ['0 0 * * 5L', '2026-02-01', '2026-02-27'],
    ['0 0 * * 1#5', '2026-02-01', '2026-03-30'],
    ['0 0 13 * 5', '2026-02-07', '2026-02-13'], // either
    ['0 0 */2 * 1', '2026-02-03', '2026-02-09'], // both: a Monday with an odd number
    ['0 0 29 2 *', '2026-01-01', '2028-02-29'],
    ['0 0 29 2 *', '2096-03-01', '2104-02-29'],
  ] as const)('%s after %s is %s', ([cron, from, expected]) => {
    const [first] = due(schedule(cron), { from: instantOf(from), to: Infinity });
    expect(new Date(first!).toISOString().slice(0, 10)).toBe(expected);
  });

  test('a schedule ends with the calendar', () => {
    const from = Date.parse('9999-12-31T23:58:30Z');
    expect(ticks('* * * * *', { from, to: Infinity })).toEqual([from + 30_000]);
    expect(ticks('* * * * *', { from: from + 60_000, to: Infinity })).toEqual([]);
  });
});

/** The zones of the sample have gaps over midnight, of half an hour and of a day, folds at midnight and double changes. */
const ZONES =
  process.env['DP_TEST_LONG'] === undefined
    ? [
        'Europe/Berlin',
        'America/Nuuk',
        'America/Havana',
        'Australia/Lord_Howe',
        'Pacific/Apia',
      ].concat(['Africa/Casablanca', 'Africa/Algiers', 'Antarctica/Troll', 'Asia/Tehran'])
    : Intl.supportedValuesOf('timeZone');

describe('at every change of every zone, 1970 to 2040', () => {
  test.for(ZONES)('%s', (timezone) => {
    const wrong = changesOf(timezone).flatMap((change) => [
      ...FIXED.flatMap((cron) => fixedProblems(cron, timezone, change)),
      ...HOURLY.flatMap((cron) => hourlyProblems(cron, timezone, change)),
    ]);
    expect(wrong).toEqual([]);
  });

  const FIXED = [
    '0 0 * * *',
    '30 0 * * *',
    '30 1 * * *',
    '15 2 * * *',
    '30 23 * * *',
    '0 12 * * *',
  ];
  const HOURLY = ['*/15 * * * *', '7 * * * *'];
});

/**
 * croner differs by rule: it skips times in a gap when a schedule has several of them, joins days with a step and weekdays by "or",
 * and knows no schedule of which only the hour makes it interval-like. Away from changes of a zone both agree.
 */
test.for(['UTC', 'Asia/Seoul', 'Asia/Kolkata', 'America/Phoenix'])(
  'croner gives the same instants in %s',
  (timezone) => {
    const from = instantOf('2026-01-31T23:59:30Z');
    const texts = ['* * * * *', '*/7 3-5 * * *', '0 0 1,15 * 1', '30 9 * * 1-5', '0 0 L * *']
      .concat(['0 0 * * 5L', '0 0 * * 1#2', '15,45 */6 28-31 * *', '*/20 * * * * *'])
      .concat(['0 12 29 2 *', '0 0 15W * *', '5 4 * 1,12 SUN']);
    for (const text of texts) {
      const theirs = new Croner(text, { timezone }).nextRuns(50, new Date(from));
      const ours = due(schedule(text, timezone), { from, to: Infinity }).take(50);
      expect([text, ...[...ours].map(iso)]).toEqual([
        text,
        ...theirs.map((date) => date.toISOString()),
      ]);
    }
  },
);

testNeeding('the shared cases beside the checkout', existsSync(CASES))(
  'every policy gives its column of the shared cases',
  () => {
    const next = (readCases('next.json') as CaseRow<string[]>[]).map((row) => ({
      ...row,
      expect: { run_after_first: row.expect },
    }));
    const rows = [...next, ...(readCases('dst.json') as CaseRow<Record<string, string[]>>[])];
    for (const { expr, tz, from, expect: columns } of rows)
      for (const [column, expected] of Object.entries(columns)) {
        const window = { from: Date.parse(from), to: Infinity };
        const at = due({ ...schedule(expr, tz), dst: COLUMNS[column]! }, window);
        expect({ expr, tz, column, at: [...at.take(expected.length)].map(iso) }).toEqual({
          expr,
          tz,
          column,
          at: expected,
        });
      }
    expect(rows.length).toBeGreaterThan(300);
  },
);

/** A daily time fires once for each date of the calendar, dates that never were included, and never goes back. */
function fixedProblems(text: string, timezone: string, change: number): string[] {
  const at = ticks(text, { timezone, from: change - 3 * DAY, to: change + 3 * DAY });
  const cron = cronOf(text);
  const expected = new Set(
    datesBetween(timezone, change - 3 * DAY, change + 3 * DAY).flatMap((date) => {
      const wall = date.toPlainDateTime({ hour: cron.hours[0]!, minute: cron.minutes[0]! });
      const instant = firstInstantFrom(wall, timezone);
      return instant > change - 3 * DAY && instant <= change + 3 * DAY ? [instant] : [];
    }),
  );
  return sameInstants(
    at,
    [...expected].toSorted((a, b) => a - b),
  )
    ? []
    : [`${text} at ${iso(change)}: ${at.map(iso).join(' ')}`];
}

/** Every quarter of an hour of real time is asked for its wall time. */
function hourlyProblems(text: string, timezone: string, change: number): string[] {
  const [from, to] = [change - DAY / 8, change + DAY / 8];
  const { minutes } = cronOf(text);
  const expected: number[] = [];
  for (const begin of [from, change]) {
    const { second, millisecond } = zoned(begin, timezone);
    const first = begin + ((60 - second) % 60) * 1000 - millisecond;
    for (let at = first; at <= (begin === from ? change - 1 : to); at += 60_000)
      if (at > from && minutes.includes(zoned(at, timezone).minute)) expected.push(at);
  }
  const at = ticks(text, { timezone, from, to });
  return sameInstants(at, expected) ? [] : [`${text} at ${iso(change)}: ${at.map(iso).join(' ')}`];
}

interface CaseRow<Expected> {
  readonly expr: string;
  readonly tz: string;
  readonly from: string;
  readonly expect: Expected;
}

function readCases(file: string): unknown {
  return JSON.parse(readFileSync(join(CASES, file), 'utf8'));
}

function ticks(
  text: string,
  {
    timezone = 'UTC',
    dst = RUN_AFTER,
    from,
    to,
  }: Partial<Parameters<typeof due>[0]> & Parameters<typeof due>[1],
): number[] {
  return [...due({ cron: cronOf(text), timezone, dst }, { from, to })];
}

function schedule(text: string, timezone = 'UTC'): Parameters<typeof due>[0] {
  return { cron: cronOf(text), timezone, dst: RUN_AFTER };
}

function cronOf(text: string): Cron {
  const cron = parseCron(text);
  if ('problem' in cron) throw new Error(`${text}: ${cron.problem}`);
  return cron;
}

/** Returns the first instant at which the zone's clock shows the time or, if it never does, a later one. */
function firstInstantFrom(wall: Temporal.PlainDateTime, timezone: string): number {
  const shown = wall.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  if (shown.toPlainDateTime().equals(wall)) return shown.epochMilliseconds;
  return shown.getTimeZoneTransition('next')!.epochMilliseconds;
}

function changesOf(timezone: string): number[] {
  const changes: number[] = [];
  let change = zoned(0, timezone).getTimeZoneTransition('next');
  for (; change !== null && change.year <= 2040; change = change.getTimeZoneTransition('next'))
    changes.push(change.epochMilliseconds);
  return changes;
}

function datesBetween(timezone: string, from: number, to: number): Temporal.PlainDate[] {
  const [first, last] = [zoned(from, timezone).toPlainDate(), zoned(to, timezone).toPlainDate()];
  return Array.from({ length: first.until(last).days + 1 }, (_, days) => first.add({ days }));
}

function zoned(instant: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone);
}

function sameInstants(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((instant, place) => instant === b[place]);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function instantOf(text: string): number {
  return Date.parse(text);
}
