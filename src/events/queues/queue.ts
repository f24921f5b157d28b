/**
 * Queues: values go in at any of their senders and come out at one of their receivers, once each and in the order in which each sender
 * put them, however far apart the ends are. A queue never holds more values than its capacity.
 *
 * The ends may be on one thread, on several, and in several processes. Values are plain data of the structured-clone kind; the queue copies
 * them, so that nobody shares them. README.md beside this file has the guarantees.
 */
import type { Milliseconds } from '../../model/ids.ts';
import { Fault } from '../../model/fault.ts';

export interface QueueSender<T> extends QueueEnd {
  /**
   * Settles once the value is in the queue, which keeps it even if this thread or process ends at once. Rejects with DP6102 when
   * the queue closes first, DP5004 when the value cannot be copied, and with the signal's reason when that aborts; then the
   * value is not in the queue.
   */
  put(value: T, options?: AsyncWait): Promise<void>;
  /** Stops this thread until there is room. Throws what `put` rejects with, DP6105 after the timeout, and DP6104 when only this thread could make room. */
  putSync(value: T, options?: BlockingWait): void;
}

export interface QueueReceiver<T> extends QueueEnd, AsyncIterable<T> {
  /** Takes a value out of the queue. Rejects with DP6102 when the queue is closed and empty, and with the signal's reason when that aborts; then nothing was taken. */
  get(options?: AsyncWait): Promise<T>;
  /** Stops this thread until there is a value. Throws what `get` rejects with, DP6105 after the timeout, and DP6104 when only this thread could put one. */
  getSync(options?: BlockingWait): T;
  /** Ends when the queue is closed and empty. Leaving the loop leaves the rest in the queue. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

interface QueueEnd extends Disposable {
  /** Closes this end. When the last sender closes, the values can still be read; when the last receiver does, they are gone. */
  close(): void;
}

export interface AsyncWait {
  readonly signal?: AbortSignal;
}

export interface BlockingWait {
  /** Absent: the call waits without limit, even if the thread at the other end has died unnoticed. */
  readonly timeout?: Milliseconds;
}

export interface QueueOptions {
  /** Number of values that the queue holds before a sender has to wait. */
  readonly capacity: number;
}

export function queueClosed(): Fault {
  return new Fault('DP6102', 'the queue is closed');
}

export function timedOut(timeout: Milliseconds): Fault {
  return new Fault('DP6105', `the queue did not become ready within ${timeout} ms`);
}

export function openedTwice(): Fault {
  return new Fault('DP6110', 'this end of the queue was opened before', {
    hint: 'make one end for each thread or process, and open it once',
  });
}

export type BlockingCall = 'putSync' | 'getSync';

export function wouldBlockForEver(call: BlockingCall): Fault {
  const message = {
    putSync:
      'putSync on a full queue: only this thread could get a value out, and it would be stopped',
    getSync:
      'getSync on an empty queue: only this thread could put a value in, and it would be stopped',
  }[call];
  const hint = `await ${call.replace('Sync', '')}() instead, or give the other end to another thread`;
  return new Fault('DP6104', message, { hint });
}

export function cannotCross(cause: unknown): Fault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault('DP5004', `the value cannot be sent: ${reason}`, {
    cause,
    hint: 'send plain data: functions, sockets and other live objects stay where they are',
  });
}
