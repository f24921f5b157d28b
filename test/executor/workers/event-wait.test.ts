/** Waits for events on a bus in memory, with a clock that the test moves. */
import { beforeEach, expect, test } from 'vitest';
import { BusWatch } from '../../../src/executor/workers/bus-watch.ts';
import { EventWait, type WaitEnding } from '../../../src/executor/workers/event-wait.ts';
import type { Wait } from '../../../src/executor/ports/workforce.ts';
import type { ReceivedEvent } from '../../../src/model/event.ts';
import { Fault } from '../../../src/model/fault.ts';
import type { EventBus } from '../../../src/store/event-bus.ts';
import { MemoryRunStore, MemoryState } from '../../../src/store/memory.ts';
import { HandClock } from '../hand-clock.ts';

let bus: EventBus;
let clock: HandClock;
let watch: BusWatch;
let failures: unknown[];

beforeEach(() => {
  bus = new MemoryRunStore(new MemoryState(), () => true).bus;
  clock = new HandClock();
  failures = [];
  watch = new BusWatch(bus, clock, (error) => failures.push(error));
});

const publish = (topic: string, data?: unknown): number =>
  bus.publish({ v: 1, id: `${topic}-${bus.last() + 1}`, topic, time: clock.now(), data });

function waitFor(event: string, more: Partial<Wait> = {}): EventWait {
  const wait = new EventWait({
    event,
    after: bus.last(),
    since: clock.now(),
    until: null,
    meets: () => true,
    ...more,
  });
  watch.add(wait);
  return wait;
}

function hasManyRows({ data }: ReceivedEvent): boolean {
  if (data === null) throw new Fault('DP1009', 'there is no event.data.rows');
  return (data as { rows: number }).rows > 5;
}

/** How the wait ended, once everything that is due has happened. */
async function endOf(wait: EventWait, afterMs = 200): Promise<WaitEnding | 'waiting'> {
  clock.pass(afterMs);
  return await Promise.race([wait.ended, Promise.resolve('waiting' as const)]);
}

test('the first event on its topics ends a wait, and is what it gives', async () => {
  publish('data.early');
  const wait = waitFor('data.*');
  expect(await endOf(wait)).toBe('waiting');
  publish('other.topic');
  publish('data.deep.topic');
  expect(await endOf(wait)).toBe('waiting');
  publish('data.first', { rows: 3 });
  publish('data.second');
  expect(await endOf(wait)).toEqual({
    is: 'received',
    event: {
      id: 'data.first-4',
      topic: 'data.first',
      time: '1970-01-01T00:00:00.400Z',
      data: { rows: 3 },
    },
  });
  expect(clock.armed.size).toBe(0);
});

test('an event without data gives null', async () => {
  const wait = waitFor('**');
  publish('data.arrived');
  expect(await endOf(wait)).toMatchObject({ event: { data: null } });
});

test('a condition passes events over, also those on which it cannot be evaluated', async () => {
  const late = waitFor('data.*', { meets: hasManyRows, until: 1_000 });
  const lucky = waitFor('data.*', { meets: hasManyRows });
  publish('data.a', { rows: 1 });
  publish('data.b');
  expect(await endOf(late, 1_100)).toEqual({
    is: 'late',
    passedOver: '; 2 did not meet the condition of `when` (there is no event.data.rows)',
  });
  publish('data.c', { rows: 6 });
  expect(await endOf(lucky)).toMatchObject({ is: 'received', event: { topic: 'data.c' } });
});

test('a wait is late only when it has seen everything that is stored', async () => {
  const after = bus.last();
  for (let i = 0; i < 1_200; i++) publish('data.other', i);
  publish('data.awaited');
  clock.pass(5_000);
  expect(await endOf(waitFor('data.awaited', { after, until: 1_000 }))).toMatchObject({
    is: 'received',
  });
  const late = waitFor('data.absent', { after, until: 1_000 });
  expect(await endOf(late)).toEqual({ is: 'late', passedOver: '' });
});

test('waits that began at different events share one reader, and each sees its own', async () => {
  const after = bus.last();
  publish('data.first');
  publish('data.second');
  const young = waitFor('data.*', { after: after + 1 });
  expect(await endOf(young, 0)).toMatchObject({ event: { topic: 'data.second' } });
  const third = waitFor('data.*');
  const old = waitFor('data.*', { after });
  expect(await endOf(old, 0)).toMatchObject({ event: { topic: 'data.first' } });
  publish('data.third');
  expect(await endOf(third)).toMatchObject({ event: { topic: 'data.third' } });
});

test('a wait that is stopped ends at once, and a store that cannot be read is reported', async () => {
  const wait = waitFor('data.*');
  wait.stop();
  watch.remove(wait);
  expect(await endOf(wait, 0)).toEqual({ is: 'stopped' });
  expect(clock.armed.size).toBe(0);
  const broken = new Error('the disk is gone');
  bus.read = () => {
    throw broken;
  };
  waitFor('data.*');
  clock.pass(0);
  expect(failures).toEqual([broken]);
});
