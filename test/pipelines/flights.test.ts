import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as tasks from '../../pipelines/flights.ts';
import { expectedFigures, hasExpected } from './expected.ts';
import { fakeContext } from './fake-context.ts';
import type { Figures } from '../../pipelines/flights/figures.ts';
import { testNeeding } from '../test-needing.ts';

const ctx = fakeContext();

describe('the flights pipeline', () => {
  let figures: Figures;
  let originsCsv: string;
  beforeAll(async () => {
    figures = await compute('20k');
    originsCsv = tasks.originsCsv({ byOrigin: [...figures.byOrigin] });
  });

  test('adds up the whole quarter', () => {
    expect(figures.total).toEqual({
      n: 20000,
      sumDelay: 154078,
      late: 4349,
      sumDistance: 14476934,
      minDelay: -59,
      maxDelay: 522,
      earliest: '2001/01/01 00:47',
      latest: '2001/03/31 22:27',
    });
  });

  test('adds up each month, means rounded half up', () => {
    expect(figures.byMonth).toEqual([
      {
        month: '2001-01',
        n: 6937,
        sumDelay: 44647,
        late: 1442,
        sumDistance: 4979551,
        meanDelay: '6.436',
      },
      {
        month: '2001-02',
        n: 5964,
        sumDelay: 57252,
        late: 1421,
        sumDistance: 4288916,
        meanDelay: '9.600',
      },
      {
        month: '2001-03',
        n: 7099,
        sumDelay: 52179,
        late: 1486,
        sumDistance: 5208467,
        meanDelay: '7.350',
      },
    ]);
  });

  test('adds up each of the 90 days to the same totals', () => {
    expect(figures.byDay).toHaveLength(90);
    expect(figures.byDay.reduce((sum, { n }) => sum + n, 0)).toBe(20000);
    expect(figures.byDay.reduce((sum, { sumDelay }) => sum + sumDelay, 0)).toBe(154078);
  });

  test('writes a CSV line for each of the 220 origins, sorted, with nearest-rank percentiles', () => {
    const lines = originsCsv.split('\n');
    expect(lines[0]).toBe('origin,n,sumDelay,p50,p90,max');
    expect(lines.slice(1, -1)).toHaveLength(220);
    expect(lines.slice(1, -1)).toEqual(lines.slice(1, -1).toSorted());
    expect(lines.at(-1)).toBe('');
    expect(lines).toEqual(
      expect.arrayContaining([
        'ATL,846,6611,0,33,365',
        'HNL,132,763,1,24,95',
        'LAX,777,7289,0,42,238',
        'ORD,1095,8181,-1,47,259',
        'SFO,388,3337,-2,48,203',
      ]),
    );
  });

  test('ranks the ten airports with the greatest mean delay', () => {
    expect(figures.worst.map(({ origin, n, meanDelay }) => [origin, n, meanDelay])).toEqual([
      ['JFK', 200, '16.200'],
      ['SEA', 339, '13.339'],
      ['SMF', 121, '13.124'],
      ['MIA', 294, '13.122'],
      ['BOS', 369, '12.518'],
      ['PHX', 633, '12.049'],
      ['DEN', 452, '11.896'],
      ['MSY', 176, '11.557'],
      ['TPA', 255, '11.286'],
      ['PDX', 172, '10.814'],
    ]);
  });

  test('finds every airport, and adds up their states', () => {
    expect(figures.unmatched).toEqual({ origins: [], destinations: [] });
    expect(figures.byState).toHaveLength(51);
    expect(figures.byState).toEqual(
      expect.arrayContaining([
        { state: 'CA', n: 2380, sumDelay: 21109, late: 531 },
        { state: 'TX', n: 2400, sumDelay: 17639, late: 485 },
        { state: 'HI', n: 252, sumDelay: 1313, late: 41 },
        { state: 'IL', n: 1283, sumDelay: 9958, late: 291 },
      ]),
    );
  });

  test('ranks routes by flights, equal ones by name', () => {
    expect(figures.byRoute).toHaveLength(2977);
    expect(figures.byRoute.slice(0, 10).map(({ route, n }) => [route, n])).toEqual([
      ['LAX-PHX', 59],
      ['LAX-LAS', 56],
      ['PHX-LAX', 56],
      ['LAS-LAX', 53],
      ['LAX-SJC', 50],
      ['ORD-MSP', 49],
      ['EWR-ORD', 48],
      ['PHX-LAS', 48],
      ['LGA-BOS', 46],
      ['DCA-LGA', 44],
    ]);
  });

  testNeeding('the figures of another program', hasExpected)(
    'gives every figure another program gave',
    () => {
      expect(asExpected(figures, originsCsv)).toEqual(expectedFigures('flights_report'));
    },
  );

  test('reports all of it in a text that fits a terminal', () => {
    const text = tasks.report(figures);
    expect(text).toContain('20,000 flights, 220 airports, 2,977 routes, 14,476,934 miles.');
    expect(text).toMatch(/2001-02 +5,964 +1,421 +23\.8 % +9\.600 +█{40}/);
    expect(text).toMatch(/JFK +John F Kennedy Intl +200 +16\.200 +█{30}/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('shows all of it on a page that fetches nothing', () => {
    const page = tasks.page(figures);
    expect(page).toContain('<!doctype html>');
    expect(page.match(/<svg /g)).toHaveLength(3);
    expect(page).not.toMatch(/https?:|src=|url\(|@import|NaN|undefined|\[object/);
    expect(page).toContain('John F Kennedy Intl');
  });
});

test('the smaller samples have reports of their own', async () => {
  const figures = await compute('2k');
  expect(figures.total.n).toBe(2000);
  expect(tasks.report(figures)).toContain('2,000 flights');
  expect(tasks.page(figures)).not.toMatch(/NaN|Infinity|undefined/);
});

test('rows that are no flights are dropped, and nothing else', () => {
  const flight = {
    date: '2001/01/02 03:04',
    delay: 5,
    distance: 100,
    origin: 'ATL',
    destination: 'JFK',
  };
  const flights = [flight, { ...flight, delay: null }, { ...flight, date: 'yesterday' }, {}];
  expect(tasks.clean({ flights }, ctx)).toEqual([flight]);
});

test('an airport that is not in the list is kept under (unmatched) and named', () => {
  const flight = {
    date: '2001/01/02 03:04',
    delay: 20,
    distance: 1,
    origin: '???',
    destination: 'JFK',
  };
  const airports = new Map([
    [
      'JFK',
      { iata: 'JFK', name: 'Kennedy', city: 'New York', state: 'NY', latitude: 40, longitude: -73 },
    ],
  ]);
  const joined = tasks.joined({ clean: [flight], airports });
  expect(joined).toEqual([{ ...flight, originState: '(unmatched)', destinationState: 'NY' }]);
  expect(tasks.byState({ joined, lateAfter: 15 })).toEqual([
    { state: '(unmatched)', n: 1, sumDelay: 20, late: 1 },
  ]);
  expect(tasks.unmatched({ clean: [flight], airports })).toEqual({
    origins: ['???'],
    destinations: [],
  });
});

test('a month without flights has no mean', () => {
  expect(tasks.month({ clean: [], month: '2001-04', lateAfter: 15 }).meanDelay).toBe('–');
});

test('the page is written whole, into a folder made for it, and leaves nothing beside it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dp-flights-'));
  try {
    const out = join(folder, 'made', 'flights.html');
    expect(await tasks.publish({ page: '<p>new</p>', out }, ctx)).toContain(out);
    expect(await readFile(out, 'utf8')).toBe('<p>new</p>');
    expect(await readdir(join(folder, 'made'))).toEqual(['flights.html']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Runs every task in the order of flights.yaml. */
async function compute(sample: string): Promise<Figures> {
  const [lateAfter, minFlights] = [15, sample === '2k' ? 10 : 100];
  const airports = await tasks.airports();
  const clean = tasks.clean({ flights: await tasks.flights({ sample }) }, ctx);
  const byOrigin = tasks.byOrigin({ clean });
  const ofMonth = (month: string) => tasks.month({ clean, month, lateAfter });
  return {
    lateAfter,
    minFlights,
    total: tasks.total({ clean, lateAfter }),
    byMonth: tasks.byMonth({
      march: ofMonth('2001-03'),
      january: ofMonth('2001-01'),
      february: ofMonth('2001-02'),
    }),
    byDay: tasks.byDay({ clean }),
    byOrigin,
    byState: tasks.byState({ joined: tasks.joined({ clean, airports }), lateAfter }),
    byRoute: tasks.byRoute({ clean }),
    worst: tasks.worst({ byOrigin, minFlights }),
    unmatched: tasks.unmatched({ clean, airports }),
    airports,
  };
}

/** In the shape of the figures to compare with. */
function asExpected(figures: Figures, originsCsv: string): Record<string, unknown> {
  const sample = (codes: string[]) =>
    Object.fromEntries(
      originsCsv
        .split('\n')
        .map((line) => line.split(','))
        .filter(([origin]) => codes.includes(origin!))
        .map(([origin, ...numbers]) => [origin, numbers.map(Number)]),
    );
  const states = figures.byState.filter(({ state }) => ['CA', 'TX', 'HI', 'IL'].includes(state));
  return {
    input: { flights: figures.total.n, airports: figures.airports.size },
    byMonth: Object.fromEntries(figures.byMonth.map(({ month, ...rest }) => [month, rest])),
    origins: figures.byOrigin.length,
    originCsvHeader: `${originsCsv.split('\n')[0]} (nearest rank; rows sorted by origin; LF; final LF)`,
    originSample: sample(['ATL', 'HNL', 'LAX', 'ORD', 'SFO']),
    worst10MeanDelayMin100: figures.worst.map(({ origin, n, meanDelay }) => [origin, n, meanDelay]),
    unmatchedOrigins: figures.unmatched.origins,
    unmatchedDestinations: figures.unmatched.destinations,
    states: figures.byState.length,
    stateSample: Object.fromEntries(
      states.map(({ state, n, sumDelay, late }) => [state, [n, sumDelay, late]]),
    ),
    routes: figures.byRoute.length,
    top10Routes: figures.byRoute.slice(0, 10).map(({ route, n }) => [route, n]),
    total: figures.total,
  };
}
