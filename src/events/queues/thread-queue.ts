/**
 * A queue between two threads. Values travel on a message port; two counts in shared memory say how many places are free and how
 * many values are there, so that a blocking call really stops its thread and is woken from the other.
 *
 * No lock is held anywhere, so a thread that is terminated in the middle of a call leaves the other one working. Asynchronous waits
 * notice that the other thread has ended; a blocking wait cannot: give it a timeout, or let both threads close their ends.
 */
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  threadId,
} from 'node:worker_threads';
import { checkCapacity } from '../capacity.ts';
import {
  type AsyncWait,
  type BlockingWait,
  cannotCross,
  queueClosed,
  type QueueOptions,
  type QueueReceiver,
  type QueueSender,
  received,
  wouldBlockForEver,
} from './queue.ts';
import { SharedCount } from './shared-count.ts';
import { SharedGate } from './shared-gate.ts';

/** An end that is not open yet. It is passed to its thread in `workerData` or a message, with `port` in the transfer list. */
export interface ThreadQueueEnd {
  readonly port: MessagePort;
  readonly state: SharedArrayBuffer;
}

export function threadQueue({ capacity }: QueueOptions): {
  readonly sender: ThreadQueueEnd;
  readonly receiver: ThreadQueueEnd;
} {
  const { port1, port2 } = new MessageChannel();
  const state = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(state)[ROOM] = checkCapacity(capacity);
  return { sender: { port: port1, state }, receiver: { port: port2, state } };
}

/** Opens the sending end, once, on the thread that puts. */
export function openThreadSender<T>(end: ThreadQueueEnd): QueueSender<T> {
  return new ThreadSender(end);
}

/** Opens the receiving end, once, on the thread that gets. */
export function openThreadReceiver<T>(end: ThreadQueueEnd): QueueReceiver<T> {
  return new ThreadReceiver(end);
}

class ThreadSender<T> implements QueueSender<T> {
  readonly #link: SharedState;
  readonly #gate: SharedGate<T, void>;

  constructor(end: ThreadQueueEnd) {
    this.#link = new SharedState(end, { here: SENDER_THREAD, there: RECEIVER_THREAD });
    this.#gate = new SharedGate({
      count: this.#link.room,
      alive: end.port,
      tryPass: (value: T) => this.#tryPut(value),
      checkBlocking: () => {
        if (this.#link.bothEndsAreHere) throw wouldBlockForEver('putSync');
      },
    });
  }

  put(value: T, { signal }: AsyncWait = {}): Promise<void> {
    return this.#gate.pass(value, signal);
  }

  putSync(value: T, { timeout }: BlockingWait = {}): void {
    this.#gate.passSync(value, timeout);
  }

  close(): void {
    this.#link.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tryPut(value: T): { readonly gets: undefined } | undefined {
    const { room, values, port } = this.#link;
    if (room.isClosed) throw queueClosed();
    if (!room.tryTake()) return undefined;
    try {
      port.postMessage(value);
    } catch (error) {
      room.give();
      throw cannotCross(error);
    }
    values.give();
    return { gets: undefined };
  }
}

class ThreadReceiver<T> implements QueueReceiver<T> {
  readonly #link: SharedState;
  readonly #gate: SharedGate<undefined, T>;
  /** A message that has arrived before its sender has counted it. */
  #uncounted: { readonly message: T } | undefined;

  constructor(end: ThreadQueueEnd) {
    this.#link = new SharedState(end, { here: RECEIVER_THREAD, there: SENDER_THREAD });
    this.#gate = new SharedGate({
      count: this.#link.values,
      alive: end.port,
      tryPass: () => this.#tryGet(),
      checkBlocking: () => {
        if (this.#link.bothEndsAreHere) throw wouldBlockForEver('getSync');
      },
    });
  }

  get({ signal }: AsyncWait = {}): Promise<T> {
    return this.#gate.pass(undefined, signal);
  }

  getSync({ timeout }: BlockingWait = {}): T {
    return this.#gate.passSync(undefined, timeout);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return received(this);
  }

  close(): void {
    this.#link.close();
    while (this.#link.values.tryTake());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tryGet(): { readonly gets: T } | undefined {
    const { room, values } = this.#link;
    const wasClosed = values.isClosed; // asked first: the last value may come just before the close
    if (!values.tryTake()) {
      if (wasClosed) throw queueClosed();
      // A port notices that its other end is gone only when asked for a message behind the last one.
      this.#uncounted ??= this.#receive();
      return undefined;
    }
    const { message } = this.#uncounted ?? this.#receive()!; // what is counted was posted before
    this.#uncounted = undefined;
    room.give();
    return { gets: message };
  }

  #receive(): { readonly message: T } | undefined {
    return receiveMessageOnPort(this.#link.port);
  }
}

/** Indices into the shared state. A thread is stored as 1 + its id; 0 stands for none yet. */
const ROOM = 0;
const VALUES = 1;
const SENDER_THREAD = 2;
const RECEIVER_THREAD = 3;
const WORDS = 4;

/** The state that both ends share, as one of them sees it. */
class SharedState {
  readonly port: MessagePort;
  /** Number of free places. */
  readonly room: SharedCount;
  /** Number of values posted and not yet received. */
  readonly values: SharedCount;
  readonly #words: Int32Array;
  readonly #there: number;

  constructor({ port, state }: ThreadQueueEnd, word: { here: number; there: number }) {
    this.port = port;
    this.#words = new Int32Array(state);
    this.room = new SharedCount(this.#words, ROOM);
    this.values = new SharedCount(this.#words, VALUES);
    this.#there = word.there;
    Atomics.store(this.#words, word.here, threadId + 1);
    port.once('close', () => this.#closeCounts());
  }

  get bothEndsAreHere(): boolean {
    return Atomics.load(this.#words, this.#there) === threadId + 1;
  }

  close(): void {
    this.#closeCounts();
    this.port.close();
  }

  #closeCounts(): void {
    this.room.close();
    this.values.close();
  }
}
