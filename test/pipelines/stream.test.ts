import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import * as tasks from '../../pipelines/stream.ts';
import { expectedFigures, hasExpected } from './expected.ts';
import { fakeContext } from './fake-context.ts';
import { testNeeding } from '../test-needing.ts';

const ctx = fakeContext();

describe.for([1, 1_000, 100_000])('the stream pipeline, in chunks of %i', (chunk) => {
  test('adds up 200,000 flights', async () => {
    const totals = await tasks.totals({ rows: tasks.flights({ chunk }, ctx) });
    expect(totals).toMatchObject({
      rows: 200000,
      sumDelay: 1500159,
      sumDistance: 145847125,
      late15: 43145,
      minDelay: -86,
      maxDelay: 1444,
      minTime: 0,
      maxTime: 23.983333333333334,
    });
    expect(totals.byHour.map(({ hour, n, sumDelay }) => [hour, n, sumDelay])).toEqual(BY_HOUR);
    expect(totals.distanceBands500.map(({ n }) => n)).toEqual([
      90828, 61578, 25801, 12734, 6567, 2492,
    ]);
  });

  test('finds exact percentiles', async () => {
    expect(await tasks.percentiles({ rows: tasks.flights({ chunk }, ctx) })).toEqual({
      0.01: -30,
      0.25: -8,
      0.5: 0,
      0.75: 12,
      0.9: 37,
      0.99: 137,
    });
  });

  test('joins zip codes with airports', async () => {
    const zipCodes = tasks.zipCodes({ chunk });
    expect(await tasks.join({ airports: await tasks.airports(), zipCodes })).toEqual({
      zip: 42049,
      airports: 3376,
      airportsWithZip: 3099,
      airportsWithout: 277,
      joinRows: 20212,
      emptyState: 12,
      zipQuotedCommas: 0,
      nonAsciiZip: 0,
      top5States: [
        { state: 'TX', n: 197 },
        { state: 'AK', n: 196 },
        { state: 'CA', n: 190 },
        { state: 'OK', n: 100 },
        { state: 'OH', n: 95 },
      ],
    });
  });
});

test('the report fits a terminal', async () => {
  const text = tasks.report(await compute());
  expect(text).toContain('200,000 FLIGHTS');
  expect(text).toMatch(/17 +13,325 +9\.719 +█{50}/);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

testNeeding('the figures of another program', hasExpected)(
  'every figure is what another program gave',
  async () => {
    const { totals, percentiles, join } = await compute();
    // Which rows write the time with a fraction: JavaScript has one kind of number and cannot tell.
    const { timeTypes, ...expected } = expectedFigures('stream');
    expect(timeTypes).toEqual({ float: totals.rows });
    expect({
      ...totals,
      byHour: totals.byHour.map(({ hour, n, sumDelay }) => [hour, n, sumDelay]),
      distanceBands500: totals.distanceBands500.map(({ band, n }) => [band, n]),
      percentiles,
      join: { ...join, top5States: join.top5States.map(({ state, n }) => [state, n]) },
    }).toEqual(expected);
  },
);

test('a chunk has as many rows as asked for, the last one the rest', async () => {
  const sizes: number[] = [];
  for await (const chunk of tasks.flights({ chunk: 75_000 }, ctx)) sizes.push(chunk.length);
  expect(sizes).toEqual([75_000, 75_000, 50_000]);
});

test('a slow reader holds a few chunks, never the file', async () => {
  const collectGarbage = exposedGarbageCollector();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  let chunks = 0;
  for await (const chunk of tasks.flights({ chunk: 1_000 }, ctx)) {
    expect(chunk).toHaveLength(1_000);
    // A producer that does not wait for its reader has the time to run ahead here.
    await new Promise(setImmediate);
    if (++chunks % 20 !== 0) continue;
    collectGarbage();
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  expect(chunks).toBe(200);
  expect(most).toBeLessThan(FILE_BYTES / 4);
});

const FILE_BYTES = 9_863_892;

const BY_HOUR = [
  [0, 697, 29179],
  [1, 446, 10426],
  [2, 80, 5232],
  [3, 11, 1569],
  [4, 11, 338],
  [5, 2597, -7494],
  [6, 13048, -17297],
  [7, 13115, 7548],
  [8, 12975, 26451],
  [9, 12226, 34311],
  [10, 11287, 51786],
  [11, 12353, 69171],
  [12, 12022, 71103],
  [13, 12854, 81399],
  [14, 11342, 87963],
  [15, 12095, 98885],
  [16, 11613, 121578],
  [17, 13325, 129500],
  [18, 11702, 125263],
  [19, 11592, 142015],
  [20, 10400, 134816],
  [21, 7206, 125630],
  [22, 5149, 105584],
  [23, 1854, 65203],
];

async function compute() {
  const airports = await tasks.airports();
  return {
    totals: await tasks.totals({ rows: tasks.flights({ chunk: 1_000 }, ctx) }),
    percentiles: await tasks.percentiles({ rows: tasks.flights({ chunk: 1_000 }, ctx) }),
    join: await tasks.join({ airports, zipCodes: tasks.zipCodes({ chunk: 1_000 }) }),
  };
}

function exposedGarbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function')
    throw new Error('this V8 does not expose its garbage collector');
  return () => void Reflect.apply(collect, undefined, []);
}
