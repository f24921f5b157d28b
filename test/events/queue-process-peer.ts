/** Started as a child with the pipe at place 4 of stdio; argv says which end it shall open, and how large. */
import { openProcessReceiver, openProcessSender } from '../../src/events/queues/process-queue.ts';
import { type AnyEnd, obeyAll } from './queue-peer.ts';

const [role, capacity] = process.argv.slice(2);
const opened = (
  role === 'sender' ? openProcessSender(4, { capacity: Number(capacity) }) : openProcessReceiver(4)
) as AnyEnd;

obeyAll(opened, process, (reply) => process.connected && process.send!(reply));
