/** Queues with one end here and the other on a real thread or in a real child process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { openProcessReceiver, openProcessSender } from '../../src/events/queues/process-queue.ts';
import type { QueueReceiver, QueueSender } from '../../src/events/queues/queue.ts';
import {
  openThreadReceiver,
  openThreadSender,
  threadQueue,
  type ThreadQueueEnd,
} from '../../src/events/queues/thread-queue.ts';
import { type AnyEnd, obey, type PeerCall, type PeerOrder, type PeerReply } from './queue-peer.ts';

/** An end that does as told, wherever it is; what a call throws comes as the reply. */
export interface FarEnd {
  order(call: PeerCall): Promise<PeerReply>;
}

export interface NearEnd<End> extends FarEnd {
  readonly here: End;
}

export function near<End extends QueueSender<unknown> | QueueReceiver<unknown>>(
  end: End,
): NearEnd<End> {
  onTestFinished(() => end.close());
  return { here: end, order: (call) => obey(end as unknown as AnyEnd, call) };
}

export function queueToThread(capacity: number) {
  const { sender, receiver } = threadQueue({ capacity });
  const worker = startThread('receiver', receiver);
  return { sender: near(openThreadSender<unknown>(sender)), receiver: farOf(worker), worker };
}

export function queueFromThread(capacity: number) {
  const { sender, receiver } = threadQueue({ capacity });
  const worker = startThread('sender', sender);
  return { sender: farOf(worker), receiver: near(openThreadReceiver<unknown>(receiver)), worker };
}

export function queueToProcess(capacity: number) {
  const child = startProcess('receiver', capacity);
  const sender = near(openProcessSender<unknown>(child.stdio[4], { capacity }));
  return { sender, receiver: farOf(child), child };
}

export function queueFromProcess(capacity: number) {
  const child = startProcess('sender', capacity);
  return {
    sender: farOf(child),
    receiver: near(openProcessReceiver<unknown>(child.stdio[4])),
    child,
  };
}

function startThread(role: 'sender' | 'receiver', end: ThreadQueueEnd): Worker {
  const worker = new Worker(new URL('queue-thread-peer.ts', import.meta.url), {
    workerData: { role, end },
    transferList: [end.port],
    execArgv: [],
  });
  onTestFinished(async () => {
    await worker.terminate();
  });
  return worker;
}

function startProcess(role: 'sender' | 'receiver', capacity: number): ChildProcess {
  const child = fork(new URL('queue-process-peer.ts', import.meta.url), [role, String(capacity)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    serialization: 'advanced',
    execArgv: [],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** Gives orders to a peer, and matches its replies to them. */
function farOf(peer: Worker | ChildProcess): FarEnd {
  const send = (order: PeerOrder) =>
    peer instanceof Worker ? peer.postMessage(order, []) : peer.send(order);
  const waiting = new Map<number, PromiseWithResolvers<PeerReply>>();
  let count = 0;
  peer.on('message', ({ id, reply }: { id: number; reply: PeerReply }) => {
    waiting.get(id)?.resolve(reply);
    waiting.delete(id);
  });
  peer.once('exit', () => {
    for (const { resolve } of waiting.values())
      resolve({ code: 'gone', message: 'the peer is gone' });
  });
  return {
    order: (call) => {
      const order: PeerOrder = { id: count++, call };
      const reply = Promise.withResolvers<PeerReply>();
      waiting.set(order.id, reply);
      send(order);
      return reply.promise;
    },
  };
}
