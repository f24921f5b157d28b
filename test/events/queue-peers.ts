/** Threads and child processes that hold ends of queues under test. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { MemoryQueue } from '../../src/events/queues/memory-queue.ts';
import { receiverForProcess, senderForProcess } from '../../src/events/queues/process-queue.ts';
import {
  openThreadReceiver,
  openThreadSender,
  receiverForThread,
  senderForThread,
} from '../../src/events/queues/thread-queue.ts';
import type { TestedEnd } from '../../src/testing/queue-contract.ts';
import { type EndKind, obey, type Order, type Reply } from '../../src/testing/queue-peer.ts';

/** A place where ends can be opened. */
export interface Peer {
  /** Resolves when the end is open. */
  open(queue: MemoryQueue<unknown>, kind: EndKind): Promise<TestedEnd>;
  end(): Promise<unknown>;
}

/** The thread of the test. */
export const here: Peer = {
  open: (queue, kind) => {
    const end = kind === 'sender' ? queue.sender() : queue.receiver();
    return Promise.resolve({ order: (call) => obey(end, call) });
  },
  end: () => Promise.resolve(),
};

/** The thread of the test, which opens ends that were made for another one. */
export const hereAsOnThread: Peer = {
  open: (queue, kind) => {
    const end =
      kind === 'sender'
        ? openThreadSender(senderForThread(queue))
        : openThreadReceiver(receiverForThread(queue));
    return Promise.resolve({ order: (call) => obey(end, call) });
  },
  end: () => Promise.resolve(),
};

export class ThreadPeer implements Peer {
  readonly worker = new Worker(new URL('queue-thread-peer.ts', import.meta.url), { execArgv: [] });
  readonly #orders = new Orders(this.worker);

  open(queue: MemoryQueue<unknown>, kind: EndKind): Promise<TestedEnd> {
    const at = (kind === 'sender' ? senderForThread : receiverForThread)(queue);
    return this.#orders.open(kind, at, (order) => this.worker.postMessage(order, [at.port]));
  }

  end(): Promise<unknown> {
    return this.worker.terminate();
  }
}

const PIPES_FROM = 4;

/** A child process; each end that it opens takes one of its pipes. */
export class ProcessPeer implements Peer {
  readonly child: ChildProcess;
  readonly #orders: Orders;
  #nextPipe = PIPES_FROM;

  constructor(pipes = 1) {
    this.child = fork(new URL('queue-process-peer.ts', import.meta.url), [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...Array<'pipe'>(pipes).fill('pipe')],
      serialization: 'advanced',
      execArgv: [],
    });
    this.#orders = new Orders(this.child);
  }

  open(queue: MemoryQueue<unknown>, kind: EndKind): Promise<TestedEnd> {
    const at = this.#nextPipe++;
    (kind === 'sender' ? senderForProcess : receiverForProcess)(queue, this.child.stdio[at]);
    return this.#orders.open(kind, at, (order) => this.child.send(order));
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

const GONE: Reply = { code: 'gone', message: 'the peer is gone' };

/** Gives orders to a peer, and matches its replies to them. */
class Orders {
  readonly #peer: Worker | ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #orders = 0;
  #ends = 0;

  constructor(peer: Worker | ChildProcess) {
    this.#peer = peer;
    peer.on('message', ({ id, reply }: { id: number; reply: Reply }) => {
      this.#waiting.get(id)?.(reply);
      this.#waiting.delete(id);
    });
    peer.once('exit', () => {
      for (const settle of this.#waiting.values()) settle(GONE);
    });
  }

  async open(kind: EndKind, at: unknown, send: (order: Order) => void): Promise<TestedEnd> {
    const end = this.#ends++;
    const reply = await this.#give(end, { does: 'open', kind, at }, send);
    if ('code' in reply) throw new Error(reply.message);
    return { order: (call) => this.#give(end, call, (order) => this.#send(order)) };
  }

  #give(end: number, call: Order['call'], send: (order: Order) => void): Promise<Reply> {
    const id = this.#orders++;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, resolve);
    send({ id, end, call });
    return promise;
  }

  #send(order: Order): void {
    if (this.#peer instanceof Worker) this.#peer.postMessage(order);
    else this.#peer.send(order);
  }
}
