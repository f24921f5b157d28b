import { beforeEach, expect, test } from 'vitest';
import { UnitTimers } from '../../../src/executor/run/unit-timers.ts';
import { HandClock } from '../hand-clock.ts';

let clock: HandClock;
let heard: string[];
let timers: UnitTimers;

const limited = (name: string, queueTimeout: number | null = 2, totalTimeout: number | null = 10) =>
  [
    { index: 0, element: undefined },
    { name, settings: { queueTimeout, totalTimeout } },
  ] as const;

beforeEach(() => {
  clock = new HandClock();
  heard = [];
  timers = new UnitTimers(clock, ({ is }) => heard.push(is));
});

test('a unit that does not begin in time is reported once', () => {
  timers.awaitSlot(...limited('a'));
  clock.pass(1_999);
  expect(heard).toEqual([]);
  clock.pass(1);
  clock.pass(10_000);
  expect(heard).toEqual(['waited_too_long']);
});

test('the wait ends with the first attempt, and the time in all begins with it and with no other', () => {
  timers.awaitSlot(...limited('a'));
  clock.pass(1_000);
  timers.begun(...limited('a'));
  expect(timers.leftMs(...limited('a'))).toBe(10_000);
  clock.pass(6_000);
  timers.begun(...limited('a'));
  expect(timers.leftMs(...limited('a'))).toBe(4_000);
  clock.pass(4_000);
  expect(heard).toEqual(['is_out_of_time']);
});

test('without limits there is nothing to watch, and all the time there is', () => {
  timers.awaitSlot(...limited('a', null, null));
  timers.begun(...limited('a', null, null));
  expect(clock.armed.size).toBe(0);
  expect(timers.leftMs(...limited('a', null, null))).toBe(Infinity);
});

test('a retry is due after its delay, unless it is forgotten', () => {
  timers.retryIn(500, ...limited('a'));
  timers.retryIn(600, ...limited('b'));
  timers.forgetRetry(...limited('b'));
  clock.pass(1_000);
  expect(heard).toEqual(['is_due']);
});

test('a unit that has its outcome has no time to run out', () => {
  timers.awaitSlot(...limited('a'));
  timers.begun(...limited('a'));
  timers.awaitSlot(...limited('b'));
  timers.retryIn(100, ...limited('c'));
  for (const name of ['a', 'b', 'c']) timers.ended(...limited(name));
  expect(clock.armed.size).toBe(0);
});

test('when no unit begins any more, only running units keep their timers', () => {
  timers.awaitSlot(...limited('waits'));
  timers.retryIn(100, ...limited('was to be tried again'));
  timers.begun(...limited('runs'));
  timers.startNothing();
  clock.pass(10_000);
  expect(heard).toEqual(['is_out_of_time']);
  timers.begun(...limited('runs on'));
  timers.close();
  expect(clock.armed.size).toBe(0);
});
