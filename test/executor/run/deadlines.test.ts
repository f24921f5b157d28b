import { beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../../src/lib/clock.ts';
import { Deadlines } from '../../../src/executor/run/deadlines.ts';

let now: number;
let timers: Set<{ readonly at: number; readonly act: () => void }>;
let heard: string[];
let deadlines: Deadlines;

const after: Clock['after'] = (delayMs, act) => {
  const timer = { at: now + delayMs, act };
  timers.add(timer);
  return { clear: () => void timers.delete(timer) };
};

function pass(ms: number): void {
  now += ms;
  for (const timer of timers) {
    if (timer.at > now) continue;
    timers.delete(timer);
    timer.act();
  }
}

const hear = (what: string) => (): void => void heard.push(what);
const LIMITS = { queueTimeout: 2, totalTimeout: 10 };

beforeEach(() => {
  now = 0;
  timers = new Set();
  heard = [];
  deadlines = new Deadlines({
    now: () => now,
    elapsed: () => now,
    after,
    soon: (act) => after(0, act),
  });
});

test('a unit that does not begin in time is told of once', () => {
  deadlines.await('a', LIMITS, hear('waited'));
  pass(1_999);
  expect(heard).toEqual([]);
  pass(1);
  pass(10_000);
  expect(heard).toEqual(['waited']);
});

test('the wait ends with the first attempt, and the time in all begins with it and with no other', () => {
  deadlines.await('a', LIMITS, hear('waited'));
  pass(1_000);
  deadlines.begin('a', LIMITS, hear('over'));
  expect(deadlines.leftMs('a')).toBe(10_000);
  pass(6_000);
  deadlines.begin('a', LIMITS, hear('over, counted anew'));
  expect(deadlines.leftMs('a')).toBe(4_000);
  pass(4_000);
  expect(heard).toEqual(['over']);
});

test('without limits there is nothing to watch, and all the time there is', () => {
  const none = { queueTimeout: null, totalTimeout: null };
  deadlines.await('a', none, hear('waited'));
  deadlines.begin('a', none, hear('over'));
  expect(timers.size).toBe(0);
  expect(deadlines.leftMs('a')).toBe(Infinity);
});

test('a unit that has its outcome has no time to run out', () => {
  deadlines.await('a', LIMITS, hear('waited'));
  deadlines.begin('a', LIMITS, hear('over'));
  deadlines.await('b', LIMITS, hear('waited'));
  deadlines.end('a');
  deadlines.end('b');
  expect(timers.size).toBe(0);
});

test('when nothing begins any more, only what is under way keeps its time', () => {
  deadlines.await('waits', LIMITS, hear('waited'));
  deadlines.begin('runs', LIMITS, hear('over'));
  deadlines.stopWaiting();
  pass(10_000);
  expect(heard).toEqual(['over']);
  deadlines.begin('runs on', LIMITS, hear('never'));
  deadlines.close();
  expect(timers.size).toBe(0);
});
