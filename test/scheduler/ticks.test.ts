import { expect, test } from 'vitest';
import type { TimeSpec } from '../../src/model/pipeline.ts';
import { clockChangeAt } from '../../src/scheduler/clock-change.ts';
import { jitterOf, ticksOf } from '../../src/scheduler/ticks.ts';

const COMMON = { timezone: 'UTC', jitter: 0 } as const;
const DST = { gap: 'run_after', fold: 'first' } as const;

test.for<[what: string, spec: TimeSpec, at: string[]]>([
  [
    'a list of crons is merged, and a common instant comes once',
    { ...COMMON, is: 'cron', cron: ['0 */6 * * *', '0 0,7 * * *'], dst: DST },
    ['2026-01-01T06:00Z', '2026-01-01T07:00Z', '2026-01-01T12:00Z', '2026-01-01T18:00Z'].concat([
      '2026-01-02T00:00Z',
    ]),
  ],
  [
    'a period counts from its anchor',
    { ...COMMON, is: 'every', every: 8 * 3600, anchor: instantOf('2026-06-01T01:00Z') },
    ['2026-01-01T01:00Z', '2026-01-01T09:00Z', '2026-01-01T17:00Z'],
  ],
  [
    'an instant comes once',
    { ...COMMON, is: 'at', instant: instantOf('2026-01-02T00:00Z') },
    ['2026-01-02T00:00Z'],
  ],
  ['and not again', { ...COMMON, is: 'at', instant: instantOf('2026-01-01T00:00Z') }, []],
  [
    'the first and the last instant count',
    {
      ...COMMON,
      is: 'every',
      every: 3600,
      anchor: 0,
      start: instantOf('2026-01-01T05:00Z'),
      end: instantOf('2026-01-01T06:00Z'),
    },
    ['2026-01-01T05:00Z', '2026-01-01T06:00Z'],
  ],
])('%s', ([, spec, at]) => {
  const window = { from: instantOf('2026-01-01T00:00Z'), to: instantOf('2026-01-02T00:00Z') };
  const expected = at.map((each) => ({ at: instantOf(each), time: instantOf(each) }));
  expect([...ticksOf('p/t', spec, window)]).toEqual(expected);
});

test('jitter delays every tick of a trigger alike, and loses none at the edges of a window', () => {
  const spec: TimeSpec = { ...COMMON, is: 'every', every: 60, anchor: 0, jitter: 600 };
  const delay = jitterOf('p/t', 600_000);
  const [from, middle, to] = [0, 1_234_567, 3_600_000];
  const ticks = [
    ...ticksOf('p/t', spec, { from, to: middle }),
    ...ticksOf('p/t', spec, { from: middle, to }),
  ];
  expect(ticks.map(({ at, time }) => at - time)).toEqual(ticks.map(() => delay));
  expect(ticks).toEqual([...ticksOf('p/t', spec, { from, to })]);
  expect(delay).toBeLessThan(600_000);
  expect(jitterOf('p/other', 600_000)).not.toBe(delay);
});

test.for([
  ['30 2 * * *', '2026-03-29T01:00Z', 'gap', '2026-03-29T01:00Z'],
  ['0 3 * * *', '2026-03-29T01:00Z', undefined, undefined],
  ['30 2 * * *', '2026-10-25T00:30Z', 'fold', '2026-10-25T01:00Z'],
  ['30 2 * * *', '2026-10-25T01:30Z', 'fold', '2026-10-25T01:00Z'],
  ['30 3 * * *', '2026-10-25T02:30Z', undefined, undefined],
  ['30 * * * *', '2026-10-25T00:30Z', undefined, undefined],
] as const)('the clock change that decides about %s at %s is a %s', ([cron, at, is, changed]) => {
  const spec: TimeSpec = {
    timezone: 'Europe/Berlin',
    jitter: 0,
    is: 'cron',
    cron: [cron],
    dst: DST,
  };
  const change = clockChangeAt(spec, instantOf(at));
  expect(change?.is).toBe(is);
  expect(change?.at).toBe(changed === undefined ? undefined : instantOf(changed));
});

function instantOf(text: string): number {
  return Date.parse(text);
}
