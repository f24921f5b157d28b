/** Started as a child with pipes in its stdio; the orders say which of them to open. */
import { openProcessReceiver, openProcessSender } from '../../src/events/queues/process-queue.ts';
import { obeyAll } from '../../src/testing/queue-peer.ts';

obeyAll(
  process,
  (answer) => process.connected && process.send?.(answer),
  (kind, at) => (kind === 'sender' ? openProcessSender : openProcessReceiver)(at as number),
);
