import { once } from 'node:events';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { MemoryQueue } from '../../src/events/queues/memory-queue.ts';
import {
  openProcessReceiver,
  openProcessSender,
  senderForProcess,
} from '../../src/events/queues/process-queue.ts';
import type { QueueOptions } from '../../src/events/queues/queue.ts';
import {
  openThreadReceiver,
  openThreadSender,
  receiverForThread,
  senderForThread,
} from '../../src/events/queues/thread-queue.ts';
import { queueContract, type QueueShape } from '../../src/testing/queue-contract.ts';
import type { EndKind } from '../../src/testing/queue-peer.ts';
import { here, hereAsOnThread, type Peer, ProcessPeer, ThreadPeer } from './queue-peers.ts';

const PEERS = {
  here,
  'here, as on a thread': hereAsOnThread,
  'a thread': new ThreadPeer(),
  'another thread': new ThreadPeer(),
  'a process': new ProcessPeer(200),
  'another process': new ProcessPeer(100),
} as const;

afterAll(() => Promise.all(Object.values(PEERS).map((peer) => peer.end())));

const PLACES: readonly (readonly [from: keyof typeof PEERS, to: keyof typeof PEERS])[] = [
  ['here', 'here'],
  ['here, as on a thread', 'here, as on a thread'],
  ['here', 'a thread'],
  ['a thread', 'here'],
  ['a thread', 'another thread'],
  ['here', 'a process'],
  ['a process', 'here'],
  ['a process', 'another process'],
  ['a thread', 'a process'],
];

describe.each(PLACES)('a queue from %s to %s', (from, to) => {
  const rows = queueContract({
    here: [
      ...(from.startsWith('here') ? ['sender' as const] : []),
      ...(to.startsWith('here') ? ['receiver' as const] : []),
    ],
    open: async ({ capacity, senders = 1, receivers = 1 }: QueueShape) => {
      const queue = new MemoryQueue<unknown>({ capacity });
      const openAll = (peer: Peer, kind: EndKind, count: number) =>
        Promise.all(Array.from({ length: count }, () => peer.open(queue, kind)));
      return {
        senders: await openAll(PEERS[from], 'sender', senders),
        receivers: await openAll(PEERS[to], 'receiver', receivers),
        close: () => queue.close(),
      };
    },
  });
  test.each(rows)('$title', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

test('a blocking call that could never end says so, and what to do', () => {
  const queue = openQueue({ capacity: 1 });
  const [sender, receiver] = [queue.sender(), queue.receiver()];
  expect(() => receiver.getSync()).toThrow('getSync on an empty queue: only this thread could put');
  sender.putSync(1);
  expect(() => sender.putSync(2)).toThrow('putSync on a full queue: only this thread could get');
});

test('a queue that lost its ends stays closed', async () => {
  const queue = openQueue({ capacity: 1 });
  queue.sender().close();
  await expect(queue.sender().put(1)).rejects.toMatchObject({ code: 'DP6102' });
  await expect(queue.receiver().get()).rejects.toMatchObject({ code: 'DP6102' });
});

const FAR_PEERS: Record<string, () => ThreadPeer | ProcessPeer> = {
  thread: () => new ThreadPeer(),
  process: () => new ProcessPeer(),
};

describe.each(Object.entries(FAR_PEERS))('a %s that is gone', (_, start) => {
  test('leaves every value that it has put', async () => {
    const queue = openQueue({ capacity: 5 });
    const { end: sender, peer } = await peerWith(start, queue, 'sender');
    await sender.order({ does: 'put', values: [1, 2] });
    await peer.end();
    expect(await everythingIn(queue)).toEqual([1, 2]);
  });

  test.each([true, false])(
    'leaves them even when it exits at once, blocking: %s',
    async (blocking) => {
      const values = Array.from({ length: 500 }, (__, n) => ({ n, text: 'x'.repeat(n) }));
      const queue = openQueue({ capacity: 64 });
      const { end: sender } = await peerWith(start, queue, 'sender');
      const putting = sender.order({ does: 'putAndExit', values, blocking });
      expect(await everythingIn(queue)).toEqual(values);
      expect(await putting).toMatchObject({ code: 'gone' });
    },
  );

  test('leaves no put waiting', async () => {
    const queue = openQueue({ capacity: 1 });
    const { peer } = await peerWith(start, queue, 'receiver');
    const sender = queue.sender();
    await sender.put(1);
    const [refused] = await Promise.allSettled([sender.put(2), peer.end()]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'DP6102' } });
  });

  test('leaves the places that it had asked for to the other senders', async () => {
    const queue = openQueue({ capacity: 1 });
    const { end: sender, peer } = await peerWith(start, queue, 'sender');
    const [other, receiver] = [queue.sender(), queue.receiver()];
    await other.put(1);
    const waiting = sender.order({ does: 'put', values: ['never'] });
    await sender.order({ does: 'nothing' });
    const next = other.put(2);
    await peer.end();
    expect(await receiver.get()).toBe(1);
    await next;
    expect(await receiver.get()).toBe(2);
    expect(await waiting).toMatchObject({ code: 'gone' });
  });

  test('cannot open an end twice', async () => {
    const queue = openQueue({ capacity: 1 });
    const { end } = await peerWith(start, queue, 'sender');
    expect(await end.order({ does: 'openAgain' })).toMatchObject({ code: 'DP6110' });
    expect(await end.order({ does: 'put', values: [1] })).toEqual({ values: [] });
  });
});

describe('a process that is gone', () => {
  test('leaves no thread blocked', async () => {
    const queue = openQueue({ capacity: 1 });
    const { peer } = await peerWith(() => new ProcessPeer(), queue, 'receiver');
    const sender = queue.sender();
    sender.putSync(1);
    peer.child.kill('SIGKILL');
    expect(() => sender.putSync(2)).toThrow(expect.objectContaining({ code: 'DP6102' }));
  });

  test('never counts as put what it could not finish', async () => {
    const queue = openQueue({ capacity: 5 });
    const receiver = queue.receiver();
    const { end: sender, peer } = await peerWith(() => new ProcessPeer(), queue, 'sender');
    const moreThanAPipeHolds = new Uint8Array(5_000_000);
    const cutOff = sender.order({ does: 'put', values: [1, moreThanAPipeHolds] });
    expect(await receiver.get()).toBe(1);
    peer.child.kill('SIGKILL');
    expect(await everythingIn(queue)).toEqual([]);
    expect(await cutOff).toMatchObject({ code: 'gone' });
  });
});

describe('an open process queue', () => {
  test('does not keep its process alive', async () => {
    const { end, peer } = await peerWith(
      () => new ProcessPeer(),
      openQueue({ capacity: 1 }),
      'receiver',
    );
    await end.order({ does: 'nothing' });
    peer.child.disconnect();
    expect(await once(peer.child, 'exit')).toEqual([0, null]);
  });

  test('keeps its process alive while a get waits', async () => {
    const queue = openQueue({ capacity: 1 });
    const { end, peer } = await peerWith(() => new ProcessPeer(), queue, 'receiver');
    const read = end.order({ does: 'read' });
    await end.order({ does: 'nothing' });
    peer.child.disconnect();
    using sender = queue.sender();
    for (let i = 0; i < 3; i++) await sender.put(i);
    sender.close();
    expect(await once(peer.child, 'exit')).toEqual([0, null]);
    expect(await read).toMatchObject({ code: 'gone' });
  });

  test.each([null, 7_777])('needs a pipe, which %s is not', (end) => {
    const refused = expect.objectContaining({ code: 'DP6107' });
    expect(() => openProcessReceiver(end)).toThrow(refused);
    expect(() => openProcessSender(end)).toThrow(refused);
    expect(() => senderForProcess(openQueue({ capacity: 1 }), end)).toThrow(refused);
  });
});

test('an end for a thread is opened once, whichever thread does it first', () => {
  const refused = expect.objectContaining({ code: 'DP6110' });
  const queue = openQueue({ capacity: 1 });
  const [sender, receiver] = [senderForThread(queue), receiverForThread(queue)];
  openThreadSender(sender);
  openThreadReceiver(receiver);
  expect(() => openThreadSender(sender)).toThrow(refused);
  expect(() => openThreadReceiver({ ...receiver })).toThrow(refused);
});

test.each([0, 0.5, -1, 2 ** 31])('a queue cannot have the capacity %d', (capacity) => {
  const refused = expect.objectContaining({ code: 'DP6106' });
  expect(() => new MemoryQueue({ capacity })).toThrow(refused);
});

function openQueue(options: QueueOptions): MemoryQueue<unknown> {
  const queue = new MemoryQueue<unknown>(options);
  onTestFinished(() => queue.close());
  return queue;
}

async function everythingIn(queue: MemoryQueue<unknown>): Promise<unknown[]> {
  return Array.fromAsync(queue.receiver());
}

async function peerWith<P extends Peer>(
  start: () => P,
  queue: MemoryQueue<unknown>,
  kind: EndKind,
) {
  const peer = start();
  onTestFinished(() => peer.end().then(() => undefined));
  return { peer, end: await peer.open(queue, kind) };
}
