import { expect, test } from 'vitest';
import type { DecidedTick } from '../../src/model/tick.ts';
import type { DefinitionWindow } from '../../src/model/trigger-definition.ts';
import { ledgerContradictions } from '../../src/scheduler/ledger-proof.ts';
import type { TriggerRecord } from '../../src/store/tick-ledger.ts';
import { everyFiveMinutes, MINUTE, NEW_YEAR } from './loop-rig.ts';

const TZ = '2026c';
const at = (minute: number): number => NEW_YEAR + minute * MINUTE;

const record: TriggerRecord = {
  trigger: 'p/t',
  definition: everyFiveMinutes(),
  tz: TZ,
  decidedTo: at(20),
  armed: at(25),
  pause: null,
  streak: null,
  cursor: null,
  forgottenTo: null,
};

const window = (from: number, to: number | null, every = 300, tz = TZ): DefinitionWindow => ({
  from: at(from),
  to: to === null ? null : at(to),
  tz,
  definition: everyFiveMinutes({ every }),
});

function rowAt(minute: number, row?: DecidedTick['row']): DecidedTick {
  return {
    trigger: 'p/t',
    at: at(minute),
    firing: new Date(at(minute)).toISOString(),
    verdict: { outcome: 'missed' },
    decidedAt: at(minute),
    decidedBy: 'here:1',
    tz: TZ,
    ...(row && { row }),
  };
}

const spanning = (from: number, until: number, count: number): DecidedTick =>
  rowAt(from, { until: at(until), count });

test.for<
  [
    what: string,
    windows: DefinitionWindow[],
    rows: DecidedTick[],
    said: string[],
    record?: Partial<TriggerRecord>,
  ]
>([
  ['a row for each tick proves it', [window(0, null)], [5, 10, 15, 20].map((m) => rowAt(m)), []],
  [
    'a tick without a row is missing',
    [window(0, null)],
    [rowAt(5), rowAt(20)],
    ['2 due ticks of trigger "p/t" have no row, the first at 2026-01-01T00:10:00.000Z'],
  ],
  [
    'a row without a tick is too much',
    [window(0, null)],
    [5, 7, 10, 15, 20].map((m) => rowAt(m)),
    ['trigger "p/t" has a row for 2026-01-01T00:07:00.000Z, when no tick was due'],
  ],
  ['a row may stand for several', [window(0, null)], [rowAt(5), spanning(10, 20, 3)], []],
  [
    'but for as many as were due',
    [window(0, null)],
    [rowAt(5), spanning(10, 20, 4)],
    ['a row of trigger "p/t" at 2026-01-01T00:10:00.000Z stands for 4 ticks, and 3 were due'],
  ],
  [
    'each schedule is proved while it was valid',
    [window(0, 10), window(10, null, 600)],
    [5, 10, 20].map((m) => rowAt(m)),
    [],
  ],
  [
    'a time without a schedule has no ticks',
    [window(0, 5), window(15, null)],
    [rowAt(5), rowAt(20)],
    [],
  ],
  [
    'what was decided by other time zone data is not known',
    [window(0, 10, 300, '2020a'), window(10, null)],
    [rowAt(15), rowAt(20)],
    [],
  ],
  [
    'what was forgotten is not missed',
    [window(0, null)],
    [rowAt(15), rowAt(20)],
    [],
    { forgottenTo: at(15) },
  ],
  [
    'what is not decided yet is not missed',
    [window(0, null)],
    [rowAt(5)],
    [],
    { decidedTo: at(9) },
  ],
])('%s', ([, windows, rows, said, more = {}]) => {
  const ledger = { record: { ...record, ...more }, windows, rows };
  expect([...ledgerContradictions(ledger, TZ)]).toEqual(said);
});

test('firings by hand are no part of the schedule', () => {
  const byHand = { ...rowAt(7), firing: 'by hand k' };
  const rows = [5, 10, 15, 20].map((m) => rowAt(m));
  const ledger = { record, windows: [window(0, null)], rows: [...rows, byHand] };
  expect([...ledgerContradictions(ledger, TZ)]).toEqual([]);
});
