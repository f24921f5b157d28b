/** Started as a worker with the end it shall open in `workerData`. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  openThreadReceiver,
  openThreadSender,
  type ThreadQueueEnd,
} from '../../src/events/queues/thread-queue.ts';
import { type AnyEnd, obeyAll } from './queue-peer.ts';

const { role, end } = workerData as { role: 'sender' | 'receiver'; end: ThreadQueueEnd };
const opened = (role === 'sender' ? openThreadSender(end) : openThreadReceiver(end)) as AnyEnd;
const port = parentPort!;

obeyAll(opened, port, (reply) => port.postMessage(reply));
