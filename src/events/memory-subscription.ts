import type { Event } from '../model/event.ts';
import { Fault, impossible } from '../model/fault.ts';
import type { SubscribeOptions, Subscription } from './broker.ts';
import { checkCapacity } from './capacity.ts';
import { Ring } from './ring.ts';
import { WaitList } from './wait-list.ts';

const DEFAULT_CAPACITY = 1024;

type Result = IteratorResult<Event, undefined>;

/**
 * The bounded queue between publishers and one reader, and the reader's iterator. It holds events from before the first read.
 * With `block` it also holds the event that found no room; the promise of its publisher settles when the reader has made room,
 * so a reader that publishes to itself must not await that before it reads on.
 */
export class MemorySubscription implements Subscription, AsyncIterator<Event, undefined> {
  readonly #pattern: string;
  readonly #capacity: number;
  readonly #overflow: NonNullable<SubscribeOptions['overflow']>;
  readonly #onEnd: () => void;
  readonly #held = new Ring<Event>();
  /** Waiting readers. There are some only while no event is held. */
  readonly #readers = new WaitList<Result>();
  /** Waiting publishers, one for each event held beyond the capacity. */
  readonly #publishers = new WaitList<void>();
  #open = true;
  #failure: Fault | undefined;
  #dropped = 0;
  #forgetSignal: (() => void) | undefined;

  /** `onEnd` is called once, when no further event is wanted. Throws DP6106. */
  constructor(pattern: string, options: SubscribeOptions, onEnd: () => void) {
    this.#pattern = pattern;
    this.#capacity = checkCapacity(options.capacity ?? DEFAULT_CAPACITY);
    this.#overflow = options.overflow ?? 'drop_oldest';
    this.#onEnd = onEnd;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** An event that nobody keeps has no position. */
  get position(): undefined {
    return undefined;
  }

  /** Takes the event. Returns a promise only when the publisher has to wait for room. */
  offer(event: Event): Promise<void> | undefined {
    if (!this.#open) return undefined;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ value: event, done: false });
      return undefined;
    }
    if (this.#held.length >= this.#capacity) return this.#offerToFull(event);
    this.#held.push(event);
    return undefined;
  }

  next(): Promise<Result> {
    const event = this.#held.shift();
    if (event !== undefined) {
      this.#publishers.shift()?.resolve();
      return Promise.resolve({ value: event, done: false });
    }
    if (this.#open) return this.#readers.wait();
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined ? Promise.resolve(DONE) : Promise.reject(failure);
  }

  /** Ends the subscription when its reader leaves the loop or throws. */
  return(): Promise<Result> {
    this.cancel();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  endOn(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    if (signal.aborted) return this.cancel();
    const cancel = () => this.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    this.#forgetSignal = () => signal.removeEventListener('abort', cancel);
  }

  /** Takes no more events; those that are held can still be read. */
  finish(failure?: Fault): void {
    if (!this.#open) return;
    this.#open = false;
    this.#failure = failure;
    this.#forgetSignal?.();
    this.#readers.resolveAll(DONE);
    this.#publishers.resolveAll();
    this.#onEnd();
  }

  /** Ends both sides: the reader has left. */
  cancel(): void {
    this.finish();
    this.#failure = undefined;
    this.#held.clear();
  }

  #offerToFull(event: Event): Promise<void> | undefined {
    switch (this.#overflow) {
      case 'block':
        this.#held.push(event);
        return this.#publishers.wait();
      case 'drop_oldest':
        this.#held.shift();
        this.#held.push(event);
        this.#dropped++;
        break;
      case 'fail':
        this.finish(this.#tooSlow(event));
        break;
      default:
        impossible(this.#overflow);
    }
    return undefined;
  }

  #tooSlow(event: Event): Fault {
    const subscription = `subscription to ${JSON.stringify(this.#pattern)}`;
    return new Fault(
      'DP6103',
      `the ${subscription} holds ${this.#capacity} unread events and had no room for one on ${JSON.stringify(event.topic)}`,
      { hint: 'read faster, raise its capacity, or choose drop_oldest or block' },
    );
  }
}

const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true };
