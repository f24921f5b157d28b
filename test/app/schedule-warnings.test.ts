import { describe, expect, test } from 'vitest';
import { crowdWarning, scheduleWarnings } from '../../src/app/planning/schedule-warnings.ts';
import { pipelineFrom } from '../config/reading.ts';

const NOW = Date.UTC(2026, 10, 30);

async function scheduled(triggers: string, name = 'p') {
  return await pipelineFrom(`name: ${name}\ntasks: { a: { run: 'true' } }\ntriggers:\n${triggers}`);
}

async function warnings(triggers: string): Promise<readonly string[]> {
  const found = scheduleWarnings(await scheduled(triggers), NOW);
  return found.map(({ code, message, at }) => `${at?.line} ${code} ${message}`);
}

describe('a schedule is told that', () => {
  test.each([
    [
      'fires no more after its end',
      '  - { cron: "0 3 * * *", name: n, end: 2026-11-01 }',
      ['4 DP3010 trigger p/n never fires again: its last instant is over'],
    ],
    [
      'fires no more after its only instant',
      '  - { at: 2026-01-01T00:00:00Z, name: n }',
      ['4 DP3010 trigger p/n never fires again: its last instant is over'],
    ],
    [
      'names a time that a clock change leaves out',
      '  - { cron: "30 2 * * *", name: n, timezone: Europe/Paris }',
      [
        '4 DP3010 trigger p/n names a time that Europe/Paris does not have on 2027-03-28: it fires at 03:00, when the clock has jumped',
      ],
    ],
  ])('%s', async (_, triggers, told) => {
    expect(await warnings(triggers)).toEqual(told);
  });

  test.each([
    ['  - { cron: "30 2 * * *", name: n, timezone: Europe/Paris, dst: { gap: skip } }'],
    ['  - { cron: "30 2 * * *", name: n }'],
    ['  - { cron: "30 * * * *", name: n, timezone: Europe/Paris }'],
    ['  - { every: 1s, name: n }'],
    ['  - { event: data.arrived, name: n }'],
  ])('and not %s', async (triggers) => {
    expect(await warnings(triggers)).toEqual([]);
  });
});

describe('a minute is told in which more runs begin than may go on at once', () => {
  test('with the count and the minute', async () => {
    const found = crowdWarning(await nightly(4), { now: NOW, maxRuns: 3 });
    expect(found).toMatchObject([
      {
        code: 'DP3010',
        message: '4 runs begin in the minute of 2026-11-30T03:00Z, and at most 3 go on at once',
        at: { line: 4 },
      },
    ]);
  });

  test('and not when they fit, or are spread', async () => {
    expect(crowdWarning(await nightly(3), { now: NOW, maxRuns: 3 })).toEqual([]);
    expect(crowdWarning(await nightly(4, ', jitter: 3h'), { now: NOW, maxRuns: 3 })).toEqual([]);
  });
});

/** Pipelines that each start at three, and twice a minute. */
const nightly = async (count: number, more = '') =>
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      scheduled(`  - { cron: "0 3 * * *", name: n${more} }\n  - { every: 30s, name: e }`, `p${n}`),
    ),
  );
