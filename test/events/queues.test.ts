import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { MemoryQueue } from '../../src/events/queues/memory-queue.ts';
import { openProcessReceiver, openProcessSender } from '../../src/events/queues/process-queue.ts';
import {
  openThreadReceiver,
  openThreadSender,
  threadQueue,
} from '../../src/events/queues/thread-queue.ts';
import { queueContract } from './queue-contract.ts';
import {
  near,
  queueFromProcess,
  queueFromThread,
  queueToProcess,
  queueToThread,
} from './queue-pairs.ts';

queueContract('a queue in memory', {
  isHere: { sender: true, receiver: true },
  carriesAnything: true,
  open: (capacity) => {
    const queue = near(new MemoryQueue<unknown>({ capacity }));
    return { sender: queue, receiver: queue };
  },
});

queueContract('a thread queue with both ends on one thread', {
  isHere: { sender: true, receiver: true },
  open: (capacity) => {
    const { sender, receiver } = threadQueue({ capacity });
    return { sender: near(openThreadSender(sender)), receiver: near(openThreadReceiver(receiver)) };
  },
});

const SENDER_HERE = { sender: true, receiver: false };
const RECEIVER_HERE = { sender: false, receiver: true };
queueContract('a queue to a thread', { isHere: SENDER_HERE, open: queueToThread });
queueContract('a queue from a thread', { isHere: RECEIVER_HERE, open: queueFromThread });
queueContract('a queue to a process', { isHere: SENDER_HERE, open: queueToProcess });
queueContract('a queue from a process', { isHere: RECEIVER_HERE, open: queueFromProcess });

test('a blocking call that could never end says so, and what to do', () => {
  const queue = new MemoryQueue<number>({ capacity: 1 });
  expect(() => queue.getSync()).toThrow('getSync on an empty queue: only this thread could put');
  queue.putSync(1);
  expect(() => queue.putSync(2)).toThrow('putSync on a full queue: only this thread could get');
});

describe('a thread that is gone', () => {
  test('ends the queue after the last value it put', async () => {
    const { sender, receiver, worker } = queueFromThread(5);
    await sender.order({ does: 'put', values: [1, 2] });
    await worker.terminate();
    expect(await receiver.order({ does: 'drain' })).toEqual({ values: [1, 2] });
  });

  test('leaves no put waiting', async () => {
    const { sender, receiver, worker } = queueToThread(1);
    await receiver.order({ does: 'nothing' });
    await sender.here.put(1);
    const waiting = sender.order({ does: 'put', values: [2] });
    await worker.terminate();
    expect(await waiting).toMatchObject({ code: 'DP6102' });
  });
});

describe('a process that is gone', () => {
  test('ends the queue after the last value it put', async () => {
    const { sender, receiver, child } = queueFromProcess(5);
    await sender.order({ does: 'put', values: [1, 2] });
    child.kill('SIGKILL');
    expect(await receiver.order({ does: 'drain' })).toEqual({ values: [1, 2] });
  });

  test('leaves no put waiting, and no thread blocked', async () => {
    const { sender, child } = queueToProcess(1);
    await sender.here.put(1);
    const waiting = sender.order({ does: 'put', values: [2] });
    child.kill('SIGKILL');
    const blocked = sender.order({ does: 'putSync', values: [3] });
    expect(await Promise.all([waiting, blocked])).toMatchObject([
      { code: 'DP6102' },
      { code: 'DP6102' },
    ]);
  });

  test('never counts as put what it could not finish', async () => {
    const { sender, receiver, child } = queueFromProcess(5);
    const moreThanAPipeHolds = new Uint8Array(5_000_000);
    const cutOff = sender.order({ does: 'put', values: [1, moreThanAPipeHolds] });
    expect(await receiver.here.get()).toBe(1);
    child.kill('SIGKILL');
    expect(await receiver.order({ does: 'drain' })).toEqual({ values: [] });
    expect(await cutOff).toMatchObject({ code: 'gone' });
  });
});

describe('an open process queue', () => {
  test('does not keep its process alive', async () => {
    const { receiver, child } = queueToProcess(1);
    await receiver.order({ does: 'nothing' });
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('keeps its process alive while a get waits', async () => {
    const { sender, receiver, child } = queueToProcess(1);
    const drained = receiver.order({ does: 'drain' });
    await receiver.order({ does: 'nothing' });
    child.disconnect();
    for (let i = 0; i < 3; i++) await sender.here.put(i);
    sender.here.close();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await drained).toMatchObject({ code: 'gone' });
  });

  test.each([null, 7_777])('needs a pipe, which %s is not', (end) => {
    const refused = expect.objectContaining({ code: 'DP6107' });
    expect(() => openProcessReceiver(end)).toThrow(refused);
    expect(() => openProcessSender(end, { capacity: 1 })).toThrow(refused);
  });
});

test.each([0, 0.5, -1, 2 ** 31])('a queue cannot have the capacity %d', (capacity) => {
  const refused = expect.objectContaining({ code: 'DP6106' });
  expect(() => new MemoryQueue({ capacity })).toThrow(refused);
  expect(() => threadQueue({ capacity })).toThrow(refused);
  expect(() => openProcessSender(3, { capacity })).toThrow(refused);
});
