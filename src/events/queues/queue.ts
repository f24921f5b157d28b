/**
 * Queues: values go in at one end and come out at the other, once each and in the order they went in, however far apart the ends are.
 * A queue never holds more than its capacity, never loses a value that `put` accepted, and never tells who reads.
 *
 * The two ends may be in one place (memory), on two threads, or in two processes. Values are of the structured-clone kind, and belong to
 * the queue once they are put.
 */
import type { Milliseconds } from '../../model/ids.ts';
import { Fault } from '../../model/fault.ts';

/** A queue whose ends are both here. Closing it closes the sender's end. */
export interface QueuePort<T> extends QueueSender<T>, QueueReceiver<T> {}

export interface QueueSender<T> extends QueueEnd {
  /**
   * Settles once the queue has the value. Rejects with DP6102 when the queue closes first, DP5004 when the value cannot cross,
   * and with the signal's reason when that aborts; then the value is not in the queue.
   */
  put(value: T, options?: AsyncWait): Promise<void>;
  /** Stops this thread until there is room. Throws what `put` rejects with, DP6105 after the timeout, and DP6104 when only this thread could make room. */
  putSync(value: T, options?: BlockingWait): void;
}

export interface QueueReceiver<T> extends QueueEnd, AsyncIterable<T> {
  /** Rejects with DP6102 when the queue is closed and empty, and with the signal's reason when that aborts; then nothing was taken. */
  get(options?: AsyncWait): Promise<T>;
  /** Stops this thread until there is a value. Throws what `get` rejects with, DP6105 after the timeout, and DP6104 when only this thread could put one. */
  getSync(options?: BlockingWait): T;
  /** Ends when the queue is closed and empty. Leaving the loop leaves the rest in the queue. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

interface QueueEnd extends Disposable {
  /** Closes the queue for new values. After the sender closes it, its values can still be read; after the receiver does, they are gone. */
  close(): void;
}

export interface AsyncWait {
  readonly signal?: AbortSignal;
}

export interface BlockingWait {
  /** Absent: the call waits without limit, even if the other end has died unnoticed. */
  readonly timeout?: Milliseconds;
}

export interface QueueOptions {
  /** Number of values that the queue holds before a sender has to wait. */
  readonly capacity: number;
}

/** Reads a queue to its end: the iterator of every adapter. */
export async function* received<T>(queue: QueueReceiver<T>): AsyncGenerator<T, undefined> {
  for (;;) {
    const next = await queue.get().then((value) => ({ value }), undefinedWhenClosed);
    if (next === undefined) return undefined;
    yield next.value;
  }
}

function undefinedWhenClosed(error: unknown): undefined {
  if (!(error instanceof Fault && error.code === 'DP6102')) throw error;
}

export function queueClosed(): Fault {
  return new Fault('DP6102', 'the queue is closed');
}

export function timedOut(timeout: Milliseconds): Fault {
  return new Fault('DP6105', `the queue did not become ready within ${timeout} ms`);
}

export function wouldBlockForEver(call: 'putSync' | 'getSync'): Fault {
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
