/** The real daemon under a clock that libfaketime sets: a night in which the clocks change, and a clock that is set while it runs. */
import { globSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { DecidedTick } from '../../src/model/tick.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { testNeeding } from '../test-needing.ts';
import { until } from '../waiting.ts';
import { Project } from './rig.ts';

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
/** They take half a minute each. */
const isTried = library !== undefined && process.env['DP_TEST_LONG'] === '1';
const NEEDS = 'libfaketime, and DP_TEST_LONG=1';

const NIGHT = `name: night
triggers:
  - { name: daily, cron: '30 2 * * *', timezone: Europe/Berlin }
  - { name: hourly, cron: '0 * * * *', timezone: Europe/Berlin }
tasks: { a: { run: 'true' } }
`;

function ticksIn(project: Project, trigger: string): DecidedTick[] {
  using store = openSqliteStore({ folder: project.path('.dp'), readOnly: true });
  return store.ledger.ticks({ trigger }).toReversed();
}

const hours = (project: Project, trigger: string, from: string): string[] =>
  ticksIn(project, trigger)
    .filter(({ verdict }) => verdict.outcome === 'fired')
    .map(({ at }) => new Date(at).toISOString().slice(8, 16))
    .filter((hour) => hour >= from);

testNeeding(NEEDS, isTried)(
  'when clocks go back, a daily tick fires once, and an hourly one every hour',
  async () => {
    using project = new Project({ 'pipelines/night.yaml': NIGHT }, { patienceMs: 110_000 });
    const env = { LD_PRELOAD: library ?? '', FAKETIME: '@2026-10-24 23:00:00 x300', TZ: 'UTC' };
    const daemon = project.start({ env }, 'schedule');
    await until(() => hours(project, 'night/hourly', '25T02:00').length > 0, 100_000);
    daemon.signal('SIGTERM');
    await daemon.ended;
    expect(hours(project, 'night/daily', '25')).toEqual(['25T00:30']);
    expect(hours(project, 'night/hourly', '25T01').slice(0, 2)).toEqual(['25T01:00', '25T02:00']);
  },
  120_000,
);

testNeeding(NEEDS, isTried)(
  'a clock that is set forward and back is told, and no tick fires twice',
  async () => {
    using project = new Project(
      {
        'pipelines/often.yaml': NIGHT.replace(/ {2}- .*\n/g, '').replace(
          'triggers:',
          'triggers: [{ name: often, every: 1s, overlap: allow, late_after: 1s }]',
        ),
      },
      { patienceMs: 110_000 },
    );
    const offset = project.path('offset');
    writeFileSync(offset, '+0\n');
    const env = {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
    const daemon = project.start({ env }, 'schedule');
    const count = (): number => ticksIn(project, 'night/often').length;
    await until(() => count() >= 3, 60_000);
    writeFileSync(offset, '+3600\n');
    await daemon.told('clock_stepped');
    const after = count();
    await until(() => count() >= after + 3, 60_000);
    writeFileSync(offset, '+0\n');
    await daemon.told('"byMs":-');
    daemon.signal('SIGTERM');
    await daemon.ended;
    const ticks = ticksIn(project, 'night/often');
    expect(new Set(ticks.map(({ at }) => at)).size).toBe(ticks.length);
    expect(ticks.some(({ verdict }) => verdict.outcome === 'missed')).toBe(true);
  },
  120_000,
);
