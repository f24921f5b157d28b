/**
 * A queue between a process and its child, over a pipe of the child's `stdio`. Values go one way as frames of serialized bytes;
 * back comes one byte for each value that was taken, so the sender knows when there is room.
 *
 * The parent spawns with `'pipe'` at some index of `stdio` and opens `child.stdio[index]`; the child opens the index.
 * Both run the same Node. A frame that was cut off because its sender died never counts as put. Windows is not supported.
 */
import { deserialize, serialize } from 'node:v8';
import { checkCapacity } from '../capacity.ts';
import { frame, FrameReader } from './frames.ts';
import { type PipeEnd, PipeLink } from './pipe-link.ts';
import {
  type AsyncWait,
  type BlockingWait,
  cannotCross,
  queueClosed,
  type QueueOptions,
  type QueueReceiver,
  type QueueSender,
  received,
  timedOut,
} from './queue.ts';
import { Ring } from '../ring.ts';
import { WaitList } from '../wait-list.ts';

/** Opens the sending end, once, in the process that puts. Throws DP6107. */
export function openProcessSender<T>(end: PipeEnd, { capacity }: QueueOptions): QueueSender<T> {
  return new ProcessSender(end, checkCapacity(capacity));
}

/** Opens the receiving end, once, in the process that gets; the sender decides the capacity. Throws DP6107. */
export function openProcessReceiver<T>(end: PipeEnd): QueueReceiver<T> {
  return new ProcessReceiver(end);
}

class ProcessSender<T> implements QueueSender<T> {
  readonly #link: PipeLink;
  /** Waiting putters with their frames. There are some only while there is no room. */
  readonly #putters = new WaitList<Uint8Array, void>();
  #room: number;
  #closed = false;

  constructor(end: PipeEnd, capacity: number) {
    this.#room = capacity;
    this.#link = new PipeLink(end, {
      bytes: (taken) => this.#makeRoom(taken.length),
      end: () => this.#refuseAll(),
    });
  }

  async put(value: T, { signal }: AsyncWait = {}): Promise<void> {
    signal?.throwIfAborted();
    const bytes = this.#encode(value);
    const sent = this.#room > 0 ? this.#send(bytes) : this.#putters.wait(bytes, signal);
    await this.#link.keepAliveFor(sent);
  }

  /** The timeout limits the wait for room; a value that has room is sent to its end. */
  putSync(value: T, { timeout }: BlockingWait = {}): void {
    const bytes = this.#encode(value);
    const isOver = () => this.#room > 0 || this.#closed;
    if (!this.#link.waitSync(isOver, timeout)) throw timedOut(timeout ?? Infinity);
    if (this.#closed) throw queueClosed();
    this.#room--;
    this.#link.send(bytes);
    this.#link.waitSync(() => this.#link.isFlushed);
    if (this.#link.isEnded) throw queueClosed();
  }

  close(): void {
    this.#refuseAll();
    this.#link.finish();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #encode(value: T): Uint8Array {
    if (this.#closed) throw queueClosed();
    try {
      return frame(serialize(value));
    } catch (error) {
      throw cannotCross(error);
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#room--;
    this.#link.send(bytes);
    await this.#link.flushed();
    if (this.#link.isEnded) throw queueClosed();
  }

  #makeRoom(places: number): void {
    for (let made = 0; made < places; made++) {
      this.#room++;
      const putter = this.#putters.shift();
      putter?.resolve(this.#send(putter.brought));
    }
  }

  #refuseAll(): void {
    this.#closed = true;
    this.#putters.rejectAll(queueClosed);
  }
}

class ProcessReceiver<T> implements QueueReceiver<T> {
  readonly #link: PipeLink;
  readonly #frames = new FrameReader();
  /** Serialized values, at most as many as the sender's capacity. */
  readonly #held = new Ring<Uint8Array>();
  /** Waiting getters. There are some only while no value is held. */
  readonly #getters = new WaitList<void, Uint8Array>();
  #ended = false;

  constructor(end: PipeEnd) {
    this.#link = new PipeLink(end, {
      bytes: (chunk) => this.#frames.read(chunk, (payload) => this.#arrive(payload)),
      end: () => this.#end(),
    });
  }

  async get({ signal }: AsyncWait = {}): Promise<T> {
    signal?.throwIfAborted();
    const held = this.#take();
    return this.#decode(
      held ?? (await this.#link.keepAliveFor(this.#getters.wait(undefined, signal))),
    );
  }

  getSync({ timeout }: BlockingWait = {}): T {
    const isOver = () => this.#held.length > 0 || this.#ended;
    if (!this.#link.waitSync(isOver, timeout)) throw timedOut(timeout ?? Infinity);
    return this.#decode(this.#take()!); // held, or #take threw
  }

  close(): void {
    this.#held.clear();
    this.#link.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return received(this);
  }

  #arrive(payload: Uint8Array): void {
    this.#held.push(payload);
    const getter = this.#getters.shift();
    if (getter !== undefined) getter.resolve(this.#take()!); // just pushed
  }

  /** Takes a value; undefined when none is held and more may come. */
  #take(): Uint8Array | undefined {
    if (this.#held.length > 0) this.#link.send(ONE_TAKEN);
    else if (this.#ended) throw queueClosed();
    return this.#held.shift();
  }

  /** Decodes what the sender's `serialize` made of a T. */
  #decode(payload: Uint8Array): T {
    return deserialize(payload) as T;
  }

  #end(): void {
    this.#ended = true;
    this.#getters.rejectAll(queueClosed);
  }
}

/** Any byte says that one value was taken. */
const ONE_TAKEN = Uint8Array.of(1);
