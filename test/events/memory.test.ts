import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SubscribeOptions, Subscription } from '../../src/events/broker.ts';
import { MemoryBroker } from '../../src/events/memory.ts';
import type { Event } from '../../src/model/event.ts';

let count = 0;
function event(topic: string, data: unknown = null): Event {
  return { v: 1, id: `e${count++}`, topic, time: 0, data };
}

/** Everything the subscription still gives, as its data. */
async function rest(subscription: Subscription): Promise<unknown[]> {
  return Array.fromAsync(subscription, ({ data }) => data);
}

/** The next event's data, leaving the subscription open. */
async function nextOf(subscription: Subscription): Promise<unknown> {
  const { value } = await subscription[Symbol.asyncIterator]().next();
  return (value as Event | undefined)?.data;
}

async function publishAll(broker: MemoryBroker, topic: string, data: unknown[]): Promise<void> {
  for (const one of data) await broker.publish(topic, event(topic, one));
}

/** Publishes what nobody has to wait for. */
function tell(broker: MemoryBroker, topic: string, data: unknown = null): void {
  expect(broker.publish(topic, event(topic, data))).toBeUndefined();
}

/** Lets everything run that waits for nothing but its turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function isPending(promise: Promise<unknown> | void): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, settle().then(() => pending)])) === pending;
}

const BLOCK_ONE: SubscribeOptions = { capacity: 1, overflow: 'block' };

describe('a subscription', () => {
  test('receives what matches its pattern, in the order it was published', async () => {
    const broker = new MemoryBroker();
    const tasks = broker.subscribe('run.task.*');
    const all = broker.subscribe('**');
    await publishAll(broker, 'run.started', [1]);
    await publishAll(broker, 'run.task.ready', [2, 3]);
    await broker.close();
    expect(await rest(tasks)).toEqual([2, 3]);
    expect(await rest(all)).toEqual([1, 2, 3]);
  });

  test('receives what was published before it began to read, and the very same event', async () => {
    const broker = new MemoryBroker();
    const subscription = broker.subscribe('a');
    const sent = event('a');
    await broker.publish('a', sent);
    for await (const received of subscription) {
      expect(received).toBe(sent);
      break;
    }
  });

  test('serves several waiting reads in the order they were made', async () => {
    const broker = new MemoryBroker();
    const subscription = broker.subscribe('a');
    const reads = [nextOf(subscription), nextOf(subscription)];
    await publishAll(broker, 'a', [1, 2]);
    expect(await Promise.all(reads)).toEqual([1, 2]);
  });

  test('may publish from within its own loop', async () => {
    const broker = new MemoryBroker();
    const seen: unknown[] = [];
    const subscription = broker.subscribe('countdown');
    tell(broker, 'countdown', 3);
    for await (const { data } of subscription) {
      seen.push(data);
      if (data === 0) break;
      tell(broker, 'countdown', Number(data) - 1);
    }
    expect(seen).toEqual([3, 2, 1, 0]);
  });

  test('ends when its reader breaks off, throws, or lets go of it', async () => {
    const broker = new MemoryBroker();
    const broken = broker.subscribe('a', BLOCK_ONE);
    const thrown = broker.subscribe('a', BLOCK_ONE);
    {
      using dropped = broker.subscribe('a', BLOCK_ONE);
      expect(dropped.dropped).toBe(0);
    }
    tell(broker, 'a', 1);
    for await (const _ of broken) break;
    const failing = (async () => {
      for await (const _ of thrown) throw new Error('reader failed');
    })();
    await expect(failing).rejects.toThrow('reader failed');
    for (let i = 0; i < 5; i++) tell(broker, 'a', i);
    expect(await rest(broken)).toEqual([]);
  });
});

describe('a full subscription', () => {
  test('drops the oldest and counts them', async () => {
    const broker = new MemoryBroker();
    const subscription = broker.subscribe('a', { capacity: 2 });
    await publishAll(broker, 'a', [1, 2, 3, 4, 5]);
    expect(subscription.dropped).toBe(3);
    await broker.close();
    expect(await rest(subscription)).toEqual([4, 5]);
  });

  test('holds 1,024 events unless told otherwise', async () => {
    const broker = new MemoryBroker();
    const subscription = broker.subscribe('a');
    await publishAll(broker, 'a', Array.from({ length: 1_025 }));
    expect(subscription.dropped).toBe(1);
  });

  test('makes its publishers wait until there is room, each in turn, and loses nothing', async () => {
    const broker = new MemoryBroker();
    const subscription = broker.subscribe('a', BLOCK_ONE);
    tell(broker, 'a', 1);
    const second = broker.publish('a', event('a', 2));
    const third = broker.publish('a', event('a', 3));
    expect(await isPending(second)).toBe(true);
    expect(await nextOf(subscription)).toBe(1);
    await second;
    expect(await isPending(third)).toBe(true);
    expect(await nextOf(subscription)).toBe(2);
    await third;
    expect(await nextOf(subscription)).toBe(3);
  });

  test('with fail ends in an error, after what it held', async () => {
    const broker = new MemoryBroker();
    const subscription = broker.subscribe('run.*', { capacity: 2, overflow: 'fail' });
    await publishAll(broker, 'run.x', [1, 2, 3, 4]);
    expect([await nextOf(subscription), await nextOf(subscription)]).toEqual([1, 2]);
    const failure = { code: 'DP6103', message: expect.stringContaining('"run.*" holds 2 unread') };
    await expect(nextOf(subscription)).rejects.toMatchObject(failure);
    expect(await nextOf(subscription)).toBeUndefined();
  });

  test.each(['drop_oldest', 'fail'] as const)(
    'with %s holds up neither publisher nor neighbours',
    async (overflow) => {
      const broker = new MemoryBroker();
      broker.subscribe('**', { capacity: 1, overflow });
      const neighbour = broker.subscribe('**');
      for (let i = 0; i < 100; i++) tell(broker, 'a', i);
      await broker.close();
      expect((await rest(neighbour)).length).toBe(100);
    },
  );

  test('with block holds up its publisher, but not the neighbours that have the event already', async () => {
    const broker = new MemoryBroker();
    broker.subscribe('**', BLOCK_ONE);
    const neighbour = broker.subscribe('**');
    tell(broker, 'a', 1);
    const waiting = broker.publish('a', event('a', 2));
    expect([await nextOf(neighbour), await nextOf(neighbour)]).toEqual([1, 2]);
    expect(await isPending(waiting)).toBe(true);
  });

  test.each([0, -1, 1.5, NaN, Infinity])('cannot have the capacity %d', (capacity) => {
    const subscribe = () => new MemoryBroker().subscribe('a', { capacity });
    expect(subscribe).toThrow(expect.objectContaining({ code: 'DP6106' }));
  });
});

describe('order', () => {
  test('is kept per publisher, and nothing is lost under block, whatever the capacities and pauses', async () => {
    const pauses = fc.infiniteStream(fc.boolean());
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        pauses,
        async (capacity, publishers, pause) => {
          const broker = new MemoryBroker();
          const subscription = broker.subscribe('**', { capacity, overflow: 'block' });
          const publishing = Array.from({ length: publishers }, async (_, publisher) => {
            for (let n = 0; n < 20; n++) {
              await broker.publish(`p.${publisher}`, event(`p.${publisher}`, n));
              if (pause.next().value) await settle();
            }
          });
          const closing = Promise.all(publishing).then(() => broker.close());
          const seen = Array.from({ length: publishers }, (): unknown[] => []);
          for await (const { topic, data } of subscription) {
            seen[Number(topic.split('.')[1])]!.push(data);
            if (pause.next().value) await settle();
          }
          await closing;
          const complete = Array.from({ length: 20 }, (_, n) => n);
          expect(seen).toEqual(Array.from({ length: publishers }, () => complete));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('closing', () => {
  test('settles waiting readers and publishers, and what is held can still be read', async () => {
    const broker = new MemoryBroker();
    const reader = rest(broker.subscribe('idle'));
    const full = broker.subscribe('a', BLOCK_ONE);
    const publishing = publishAll(broker, 'a', [1]).then(() => publishAll(broker, 'a', [2]));
    await settle();
    await broker.close();
    await publishing;
    expect(await reader).toEqual([]);
    expect(await rest(full)).toEqual([1, 2]);
  });

  test('may be done twice, and refuses publishers and subscribers from then on', async () => {
    const broker = new MemoryBroker();
    await broker.close();
    await broker.close();
    const closed = expect.objectContaining({ code: 'DP6102' });
    expect(() => broker.publish('a', event('a'))).toThrow(closed);
    expect(() => broker.subscribe('a')).toThrow(closed);
  });

  test('happens at the end of an `await using` block', async () => {
    let subscription: Subscription;
    {
      await using broker = new MemoryBroker();
      subscription = broker.subscribe('a');
    }
    expect(await rest(subscription)).toEqual([]);
  });
});

describe('an abort signal', () => {
  test('ends a waiting reader, a full queue, and its publishers', async () => {
    const broker = new MemoryBroker();
    const { signal, abort } = aborter();
    const reader = rest(broker.subscribe('idle', { signal }));
    const full = broker.subscribe('a', { ...BLOCK_ONE, signal });
    tell(broker, 'a', 1);
    const waiting = broker.publish('a', event('a', 2));
    abort();
    await waiting;
    expect(await reader).toEqual([]);
    expect(await rest(full)).toEqual([]);
  });

  test('that has aborted before gives a subscription that is over', async () => {
    const broker = new MemoryBroker();
    const subscription = broker.subscribe('a', { ...BLOCK_ONE, signal: AbortSignal.abort() });
    for (let i = 0; i < 3; i++) tell(broker, 'a', i);
    expect(await rest(subscription)).toEqual([]);
  });

  test('is left without listeners once the subscriptions have ended, however they ended', async () => {
    const broker = new MemoryBroker();
    const { signal } = aborter();
    for (let i = 0; i < 100; i++) broker.subscribe('a', { signal })[Symbol.dispose]();
    for await (const _ of publishOne(broker, broker.subscribe('b', { signal }))) break;
    broker.subscribe('c', { signal, capacity: 1, overflow: 'fail' });
    await publishAll(broker, 'c', [1, 2]);
    const kept = broker.subscribe('d', { signal });
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    await broker.close();
    expect(await rest(kept)).toEqual([]);
    expect(getEventListeners(signal, 'abort').length).toBe(0);
  });
});

test('a malformed topic or pattern is refused', () => {
  const broker = new MemoryBroker();
  const refused = expect.objectContaining({ code: 'DP6101' });
  expect(() => broker.publish('a.*', event('a.*'))).toThrow(refused);
  expect(() => broker.subscribe('a..b')).toThrow(refused);
});

function aborter(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

function publishOne(broker: MemoryBroker, subscription: Subscription): Subscription {
  tell(broker, 'b');
  return subscription;
}
