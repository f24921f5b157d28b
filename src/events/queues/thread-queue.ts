/**
 * The ends of a queue on other threads. The thread of the queue makes an end and passes it to another thread, which opens it.
 *
 * The thread of the queue moves the values: it does so whenever its event loop turns, and while a blocking call of a queue stops it. A thread
 * may be terminated in the middle of a call. Asynchronous calls elsewhere notice that; a blocking call may not: give it a timeout.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { bell } from './blocking.ts';
import { openReceiver, openSender } from './ends.ts';
import type { MemoryQueue } from './memory-queue.ts';
import { PortLink } from './port-link.ts';
import { openedTwice, type QueueReceiver, type QueueSender } from './queue.ts';

/** An end that is not open yet. It is passed to its thread in `workerData` or a message, with `port` in the transfer list. */
export interface ThreadQueueEnd {
  readonly port: MessagePort;
  /** The bell of the queue's thread. */
  readonly bell: Int32Array;
  /** One number, which is 1 once the end was opened anywhere. */
  readonly opened: Int32Array;
}

export function senderForThread(queue: MemoryQueue<unknown>): ThreadQueueEnd {
  return endOf(queue, 'sender');
}

export function receiverForThread(queue: MemoryQueue<unknown>): ThreadQueueEnd {
  return endOf(queue, 'receiver');
}

/** Opens a sender on the thread that puts. Throws DP6110 when it was opened before. */
export function openThreadSender<T>(end: ThreadQueueEnd): QueueSender<T> {
  return open(end, { here: (queue) => queue.sender() as QueueSender<T>, there: openSender<T> });
}

/** Opens a receiver on the thread that gets. Throws DP6110 when it was opened before. */
export function openThreadReceiver<T>(end: ThreadQueueEnd): QueueReceiver<T> {
  return open(end, {
    here: (queue) => queue.receiver() as QueueReceiver<T>,
    there: openReceiver<T>,
  });
}

/** Ends by their ports, which become other objects when they are passed to another thread. */
const unopenedHere = new WeakMap<MessagePort, { queue: MemoryQueue<unknown>; link: PortLink }>();

function endOf(queue: MemoryQueue<unknown>, kind: 'sender' | 'receiver'): ThreadQueueEnd {
  const { port1, port2 } = new MessageChannel();
  const link = new PortLink(port1);
  queue.serve(kind, link);
  unopenedHere.set(port2, { queue, link });
  return { port: port2, bell, opened: new Int32Array(new SharedArrayBuffer(4)) };
}

function open<End>(
  { port, bell: itsBell, opened }: ThreadQueueEnd,
  end: { here: (queue: MemoryQueue<unknown>) => End; there: (link: PortLink) => End },
): End {
  if (Atomics.exchange(opened, 0, 1) === 1) throw openedTwice();
  const home = unopenedHere.get(port);
  if (home === undefined) return end.there(new PortLink(port, itsBell));
  const opensHere = end.here(home.queue);
  home.link.close();
  return opensHere;
}
