import { expect, test } from 'vitest';
import { dueIn } from '../../src/scheduler/on-time.ts';
import { nextCronInstant } from '../../src/scheduler/next-cron-instant.ts';
import { overlapStep } from '../../src/scheduler/overlap.ts';

const MINUTE = 60_000;
const everyMinute = (after: number): number => (Math.floor(after / MINUTE) + 1) * MINUTE;

test.for([
  { from: 0, now: MINUTE - 1, onTime: [], missed: undefined },
  { from: 0, now: MINUTE, onTime: [MINUTE], missed: undefined },
  { from: MINUTE, now: MINUTE + 1, onTime: [], missed: undefined },
  { from: 0, now: 2 * MINUTE, onTime: [MINUTE, 2 * MINUTE], missed: undefined },
  { from: 0, now: 2 * MINUTE + 1, onTime: [2 * MINUTE], missed: MINUTE },
  { from: 0, now: 1e12, onTime: [everyMinute(1e12 - MINUTE - 1)], missed: MINUTE },
])('of a minute cron, what is due in ($from, $now] is $onTime', ({ from, now, ...due }) => {
  expect(dueIn(everyMinute, from, now)).toEqual(due);
});

test.for([
  ['0 3 * * *', 'Asia/Seoul', '2026-01-01T00:00:00Z', '2026-01-01T18:00:00Z'],
  ['@daily', 'UTC', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  ['*/10 * * * * *', 'UTC', '2026-01-01T00:00:05Z', '2026-01-01T00:00:10Z'],
  ['30 9 * * 1-5', 'Europe/Berlin', '2026-07-03T08:00:00Z', '2026-07-06T07:30:00Z'],
] as const)('%s in %s after %s is %s', ([cron, zone, after, next]) => {
  const instant = nextCronInstant(cron, zone)(Date.parse(after));
  expect(new Date(instant).toISOString()).toBe(new Date(next).toISOString());
});

test.for([
  ['* * *', 'UTC', 'five fields'],
  ['0 25 * * *', 'UTC', 'hour'],
  ['0 3 * * *', 'Asia/Soul', 'Asia/Soul'],
] as const)('%s in %s is refused', ([cron, zone, said]) => {
  expect(() => nextCronInstant(cron, zone)).toThrow(
    expect.objectContaining({ code: 'DP1010', message: expect.stringContaining(said) }),
  );
});

test('what happens to a firing depends on the policy and on the runs that go on', () => {
  const steps = (['allow', 'skip', 'queue', 'cancel_running'] as const).map((overlap) => [
    overlap,
    overlapStep(overlap, 0),
    overlapStep(overlap, 2),
  ]);
  expect(steps).toEqual([
    ['allow', 'start', 'start'],
    ['skip', 'start', 'skip'],
    ['queue', 'start', 'wait'],
    ['cancel_running', 'start', 'cancel_and_wait'],
  ]);
});
