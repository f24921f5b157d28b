/** Started as a worker; the orders bring the ends to open. */
import { parentPort } from 'node:worker_threads';
import {
  openThreadReceiver,
  openThreadSender,
  type ThreadQueueEnd,
} from '../../src/events/queues/thread-queue.ts';
import { obeyAll } from '../../src/testing/queue-peer.ts';

const port = parentPort!; // it is a worker

obeyAll(
  port,
  (answer) => port.postMessage(answer),
  (kind, at) => (kind === 'sender' ? openThreadSender : openThreadReceiver)(at as ThreadQueueEnd),
);
