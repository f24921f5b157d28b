import { checkCapacity } from '../capacity.ts';
import {
  type AsyncWait,
  queueClosed,
  type QueueOptions,
  type QueuePort,
  received,
  wouldBlockForEver,
} from './queue.ts';
import { Ring } from '../ring.ts';
import { WaitList } from '../wait-list.ts';

/**
 * A queue with both ends on one thread. A blocking call that finds no room or no value throws DP6104 at once, whatever its timeout:
 * nothing could change while it stopped the thread.
 */
export class MemoryQueue<T> implements QueuePort<T> {
  readonly #capacity: number;
  readonly #held = new Ring<T>();
  /** Waiting getters. There are some only while no value is held. */
  readonly #getters = new WaitList<void, T>();
  /** Waiting putters with their values. There are some only while the queue is full. */
  readonly #putters = new WaitList<T, void>();
  #closed = false;

  constructor({ capacity }: QueueOptions) {
    this.#capacity = checkCapacity(capacity);
  }

  async put(value: T, { signal }: AsyncWait = {}): Promise<void> {
    signal?.throwIfAborted();
    if (!this.#tryPut(value)) await this.#putters.wait(value, signal);
  }

  putSync(value: T): void {
    if (!this.#tryPut(value)) throw wouldBlockForEver('putSync');
  }

  async get({ signal }: AsyncWait = {}): Promise<T> {
    signal?.throwIfAborted();
    return this.#isReadable() ? this.#take() : this.#getters.wait(undefined, signal);
  }

  getSync(): T {
    if (!this.#isReadable()) throw wouldBlockForEver('getSync');
    return this.#take();
  }

  close(): void {
    this.#closed = true;
    this.#getters.rejectAll(queueClosed);
    this.#putters.rejectAll(queueClosed);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return received(this);
  }

  #tryPut(value: T): boolean {
    if (this.#closed) throw queueClosed();
    const getter = this.#getters.shift();
    if (getter !== undefined) getter.resolve(value);
    else if (this.#held.length < this.#capacity) this.#held.push(value);
    else return false;
    return true;
  }

  #isReadable(): boolean {
    if (this.#held.length > 0) return true;
    if (this.#closed) throw queueClosed();
    return false;
  }

  /** Takes a value and gives its place to the putter that has waited longest, before anyone else can see it. */
  #take(): T {
    const value = this.#held.shift() as T; // `held` is not empty, and undefined may be a value
    const putter = this.#putters.shift();
    if (putter !== undefined) {
      this.#held.push(putter.brought);
      putter.resolve();
    }
    return value;
  }
}
