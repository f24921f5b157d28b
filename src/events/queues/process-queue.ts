/**
 * The ends of a queue in child processes, over pipes of their `stdio`. The parent spawns a child with `'pipe'` at some index of `stdio`
 * for each end, and gives `child.stdio[index]` to the queue; the child opens the index. Both run the same Node. Windows is not supported.
 *
 * The thread of the queue moves the values: it does so whenever its event loop turns, and while a blocking call of a queue stops it.
 */
import { openReceiver, openSender } from './ends.ts';
import type { MemoryQueue } from './memory-queue.ts';
import { type PipeEnd, PipeLink } from './pipe-link.ts';
import type { QueueReceiver, QueueSender } from './queue.ts';

/** Lets the child put: it opens this pipe by `openProcessSender`. Throws DP6107, and DP6110 when the pipe has an end already. */
export function senderForProcess(queue: MemoryQueue<unknown>, pipe: PipeEnd): void {
  queue.serve('sender', new PipeLink(pipe));
}

/** Lets the child get: it opens this pipe by `openProcessReceiver`. Throws DP6107, and DP6110 when the pipe has an end already. */
export function receiverForProcess(queue: MemoryQueue<unknown>, pipe: PipeEnd): void {
  queue.serve('receiver', new PipeLink(pipe));
}

/** Opens the sender in the child. Throws DP6107, and DP6110 when it is open. */
export function openProcessSender<T>(pipe: PipeEnd): QueueSender<T> {
  return openSender(new PipeLink(pipe));
}

/** Opens the receiver in the child. Throws DP6107, and DP6110 when it is open. */
export function openProcessReceiver<T>(pipe: PipeEnd): QueueReceiver<T> {
  return openReceiver(new PipeLink(pipe));
}
