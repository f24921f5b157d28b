import { expect, test } from 'vitest';
import { createBroker, type Event, Fault, openBroker, topicMatches } from 'dp';
import { MemoryBroker } from '../../src/events/memory.ts';

test('what is published on a topic comes out as an event of that topic', async () => {
  await using broker = createBroker<{ 'data.arrived': { rows: number } }>();
  using subscription = broker.subscribe('data.*');
  const before = Date.now();
  void broker.publish('data.arrived', { rows: 3 });
  for await (const event of subscription) {
    expect(event).toEqual({
      v: 1,
      id: expect.any(String),
      topic: 'data.arrived',
      time: expect.any(Number),
      data: { rows: 3 },
    });
    expect(event.time).toBeGreaterThanOrEqual(before);
    break;
  }
});

test('two events never have the same id', async () => {
  await using broker = createBroker();
  using subscription = broker.subscribe('**');
  for (let n = 0; n < 100; n++) void broker.publish('a', n);
  await broker.close();
  const ids = await Array.fromAsync(subscription, ({ id }) => id);
  expect(new Set(ids).size).toBe(100);
});

test('a forwarded event stays as it is', async () => {
  await using broker = createBroker();
  using subscription = broker.subscribe('run.**');
  const event: Event = { v: 1, id: 'x', topic: 'run.started', time: 1, runId: 'r1', data: {} };
  void broker.forward(event);
  for await (const received of subscription) {
    expect(received).toBe(event);
    break;
  }
});

test('events go through the adapter that was given, which closes with the broker', async () => {
  const adapter = new MemoryBroker();
  using other = adapter.subscribe('a');
  const broker = createBroker({ adapter });
  void broker.publish('a', 1);
  await broker.close();
  expect(await Array.fromAsync(other, ({ data }) => data)).toEqual([1]);
  expect(() => adapter.subscribe('a')).toThrow(expect.objectContaining({ code: 'DP6102' }));
});

test('a malformed topic or pattern, and a closed broker, are refused with a code', async () => {
  const broker = createBroker();
  const malformed = expect.objectContaining({ code: 'DP6101' });
  expect(() => broker.publish('a..b', 1)).toThrow(malformed);
  expect(() => broker.subscribe('a*')).toThrow(malformed);
  expect(() => topicMatches('a', 'a.*')).toThrow(malformed);
  await broker.close();
  const closed = expect.objectContaining({ code: 'DP6102' });
  expect(() => broker.publish('a', 1)).toThrow(closed);
  expect(() => broker.subscribe('a')).toThrow(Fault);
});

test('a broker at an address is typed, and a malformed address is refused', async () => {
  await using broker = await openBroker<{ 'data.arrived': number }>('memory');
  using subscription = broker.subscribe('data.*');
  await broker.publish('data.arrived', 3);
  for await (const { data } of subscription) {
    expect(data + 1).toBe(4);
    break;
  }
  await expect(openBroker('http://localhost')).rejects.toMatchObject({ code: 'DP6120' });
});

test('events from outside are held against schemas, and what is refused is told', async () => {
  const faults: string[] = [];
  await using broker = await openBroker('memory', {
    schemas: { 'data.**': { type: 'number' } },
    onFault: ({ code }) => faults.push(code),
  });
  using subscription = broker.subscribe('**');
  await broker.publish('data.arrived', 'text');
  await broker.close();
  // Nothing comes from outside in memory: the program vouches for what it publishes.
  expect(await Array.fromAsync(subscription, ({ data }) => data)).toEqual(['text']);
  expect(faults).toEqual([]);
});
