import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nextTicks } from '../../../src/app/scheduling/next-ticks.ts';
import { ticksJson, ticksText } from '../../../src/cli/text/ticks.ts';
import { systemClock } from '../../../src/lib/clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'dp-ticks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BERLIN = { name: 'n', cron: '30 2 * * *', timezone: 'Europe/Berlin' };

test('each tick has its local time, its offset and the reason', async () => {
  const [berlin] = await ticksFrom('2026-03-28', [BERLIN]);
  expect(ticksJson(berlin!)).toEqual({
    trigger: 'p/n',
    next: [
      {
        at: '2026-03-28T01:30:00.000Z',
        local: '2026-03-28T02:30:00',
        offset: '+01:00',
        why: 'cron 30 2 * * *',
      },
      {
        at: '2026-03-29T01:00:00.000Z',
        local: '2026-03-29T03:00:00',
        offset: '+02:00',
        mark: 'gap',
        why: 'cron 30 2 * * *; the clock jumps over its time, so it fires at the end of the gap: Europe/Berlin changes from +01:00 to +02:00 at 2026-03-29T01:00:00.000Z',
      },
    ],
  });
  expect(ticksText(berlin!, true)).toBe(
    `p/n  cron 30 2 * * *, shown in Europe/Berlin
  2026-03-28T02:30:00+01:00  2026-03-28T01:30:00.000Z
      cron 30 2 * * *
  2026-03-29T03:00:00+02:00  2026-03-29T01:00:00.000Z  gap
      cron 30 2 * * *; the clock jumps over its time, so it fires at the end of the gap: Europe/Berlin changes from +01:00 to +02:00 at 2026-03-29T01:00:00.000Z
`,
  );
});

test('triggers that no clock decides are left out, one that has ended says so', async () => {
  const ended = { name: 'once', at: '2026-01-01T00:00:00Z' };
  const [only, ...others] = await ticksFrom('2026-03-28', [{ event: 'a.b' }, ended, { api: {} }]);
  expect(others).toEqual([]);
  expect(ticksJson(only!)).toEqual({ trigger: 'p/once', next: [] });
  expect(ticksText(only!, false)).toBe('p/once  once, shown in UTC\n  the trigger has ended\n');
});

test('a trigger without a name keeps its own when it moves, and gets another when it changes', async () => {
  const daily = { cron: '0 3 * * *' };
  const [first] = await ticksFrom('2026-03-28', [daily]);
  const [, moved] = await ticksFrom('2026-03-28', [BERLIN, daily]);
  const [changed] = await ticksFrom('2026-03-28', [{ ...daily, jitter: '1m' }]);
  expect(moved!.trigger).toBe(first!.trigger);
  expect(changed!.trigger).not.toBe(first!.trigger);
});

function ticksFrom(from: string, triggers: readonly object[]): ReturnType<typeof nextTicks> {
  const file = join(folder, 'p.yaml');
  writeFileSync(file, JSON.stringify({ name: 'p', tasks: { a: { run: 'true' } }, triggers }));
  const caller = { cwd: folder, env: {}, clock: systemClock };
  return nextTicks({ files: [file], from: Date.parse(from), count: 2 }, caller);
}
