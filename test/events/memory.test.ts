import { describe, expect, test } from 'vitest';
import { MemoryBroker } from '../../src/events/memory.ts';
import { brokerContract } from '../../src/testing/broker-contract.ts';
import { BLOCK_ONE, event, nextOf, settle } from '../../src/testing/subscriptions.ts';

describe('memory as a broker', () => {
  const world = { open: () => Promise.resolve(new MemoryBroker()), rounds: 30 };
  test.each(brokerContract(world))('$title', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  test.each([{ durable: 'reader' }, { from: 'start' }])('refuses to keep events: %o', (options) => {
    const refused = expect.objectContaining({ code: 'DP6126' });
    expect(() => new MemoryBroker().subscribe('a', options)).toThrow(refused);
  });
});

describe('within one process', () => {
  test('a subscription receives the very same event', async () => {
    await using broker = new MemoryBroker();
    const subscription = broker.subscribe('a');
    const sent = event('a');
    await broker.publish('a', sent);
    for await (const received of subscription) {
      expect(received).toBe(sent);
      break;
    }
  });

  test('a publisher waits for nothing as long as there is room', async () => {
    await using broker = new MemoryBroker();
    broker.subscribe('a', { overflow: 'block', capacity: 2 });
    broker.subscribe('a', { overflow: 'drop_oldest', capacity: 1 });
    broker.subscribe('a', { overflow: 'fail', capacity: 1 });
    for (const data of [1, 2]) expect(broker.publish('a', event('a', data))).toBeUndefined();
  });

  test('a full subscription with block makes its publishers wait until there is room, each in turn', async () => {
    await using broker = new MemoryBroker();
    const subscription = broker.subscribe('a', BLOCK_ONE);
    expect(broker.publish('a', event('a', 1))).toBeUndefined();
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

  test('it holds up its publisher, but not the neighbours that have the event already', async () => {
    await using broker = new MemoryBroker();
    broker.subscribe('**', BLOCK_ONE);
    const neighbour = broker.subscribe('**');
    expect(broker.publish('a', event('a', 1))).toBeUndefined();
    const waiting = broker.publish('a', event('a', 2));
    expect([await nextOf(neighbour), await nextOf(neighbour)]).toEqual([1, 2]);
    expect(await isPending(waiting)).toBe(true);
  });

  test('an event whose publisher waited is held when the broker closes, and can still be read', async () => {
    const broker = new MemoryBroker();
    const full = broker.subscribe('a', BLOCK_ONE);
    expect(broker.publish('a', event('a', 1))).toBeUndefined();
    const waiting = broker.publish('a', event('a', 2));
    await broker.close();
    await waiting;
    expect([await nextOf(full), await nextOf(full)]).toEqual([1, 2]);
  });
});

async function isPending(promise: Promise<unknown> | void): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, settle().then(() => pending)])) === pending;
}
