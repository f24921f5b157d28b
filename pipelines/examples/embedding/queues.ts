/** Queues: values cross to other threads once each, and a sender waits while the queue is full. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { MemoryQueue, openThreadSender, senderForThread, type ThreadQueueEnd } from 'dp';

interface Reading {
  readonly sensor: string;
  readonly value: number;
}

if (isMainThread) {
  const queue = new MemoryQueue<Reading>({ capacity: 2 });
  using receiver = queue.receiver();
  const threads: Worker[] = [];
  for (const sensor of ['roof', 'cellar']) {
    const end = senderForThread(queue);
    const workerOptions = { workerData: { sensor, end }, transferList: [end.port] };
    threads.push(new Worker(new URL(import.meta.url), workerOptions));
  }
  // Ends when both threads have closed their senders.
  const sums = { roof: 0, cellar: 0 };
  for await (const { sensor, value } of receiver) sums[sensor as keyof typeof sums] += value;
  console.log(`${threads.length} threads: roof ${sums.roof}, cellar ${sums.cellar}`);
} else {
  const { sensor, end } = workerData as { sensor: string; end: ThreadQueueEnd };
  using sender = openThreadSender<Reading>(end);
  for (let value = 1; value <= 10; value++) await sender.put({ sensor, value });
}
