import { checkCapacity } from '../capacity.ts';
import { Ring } from '../ring.ts';
import { Desk, type Stock } from './desk.ts';
import { DirectLink } from './direct-link.ts';
import { openReceiver, openSender } from './ends.ts';
import { type QueueLink, NO_VALUE } from './link.ts';
import type { QueueOptions, QueueReceiver, QueueSender } from './queue.ts';

/**
 * A queue, and its ends on this thread; `thread-queue.ts` and `process-queue.ts` make its ends elsewhere. It holds the values in memory, so
 * they last as long as this thread.
 *
 * There are no ends at first. The queue ends for its receivers when all senders that were made are closed or gone, and for its senders when
 * all receivers are. Who keeps an end open keeps the queue open.
 */
export class MemoryQueue<T> implements Disposable {
  readonly #senders: Desk;
  readonly #receivers: Desk;
  readonly #held = new Ring<Uint8Array>();
  #freePlaces: number;
  /** Number of values that receivers were given and have not taken out yet. They keep their places. */
  #given = 0;
  #isSettling = false;
  /** Number of ends on this thread that have waiting calls. */
  #waitingEnds = 0;

  constructor({ capacity }: QueueOptions) {
    this.#freePlaces = checkCapacity(capacity);
    const settle = () => this.#settle();
    this.#senders = new Desk(this.#places(), settle);
    this.#receivers = new Desk(this.#values(), settle);
  }

  /** Makes a sender on this thread. */
  sender(): QueueSender<T> {
    return openSender(this.#linkHere('sender'), () => this.#receivers.remoteLinks.length > 0);
  }

  /** Makes a receiver on this thread. */
  receiver(): QueueReceiver<T> {
    return openReceiver(this.#linkHere('receiver'), () => this.#senders.remoteLinks.length > 0);
  }

  /** Serves an end of that kind at the other side of the link. */
  serve(kind: 'sender' | 'receiver', link: QueueLink): void {
    const desk = kind === 'sender' ? this.#senders : this.#receivers;
    desk.serve(link);
    if (this.#waitingEnds > 0 && !link.isDirect) link.ref();
  }

  /** Closes every end. Values that were not taken are gone. */
  close(): void {
    this.#receivers.closeAll();
    this.#senders.closeAll();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Calls on this thread wait for other threads and processes, whose links keep this process alive for them. */
  #linkHere(kind: 'sender' | 'receiver'): QueueLink {
    const [here, there] = DirectLink.pair({
      ref: () => {
        if (this.#waitingEnds++ === 0) for (const link of this.#remoteLinks) link.ref();
      },
      unref: () => {
        if (--this.#waitingEnds === 0) for (const link of this.#remoteLinks) link.unref();
      },
    });
    this.serve(kind, there);
    return here;
  }

  get #remoteLinks(): readonly QueueLink[] {
    return [...this.#senders.remoteLinks, ...this.#receivers.remoteLinks];
  }

  #places(): Stock {
    return {
      take: () => {
        if (this.#freePlaces === 0) return undefined;
        this.#freePlaces--;
        return NO_VALUE;
      },
      use: (value) => this.#held.push(value),
      putBack: () => this.#freePlaces++,
      isOver: () => this.#receivers.isClosed,
    };
  }

  #values(): Stock {
    return {
      take: () => {
        const value = this.#held.shift();
        if (value !== undefined) this.#given++;
        return value;
      },
      use: () => {
        this.#given--;
        this.#freePlaces++;
      },
      putBack: (value) => {
        this.#given--;
        this.#held.unshift(value);
      },
      isOver: () => this.#senders.isClosed && this.#held.length === 0 && this.#given === 0,
    };
  }

  /** Gives what can be given. It does not call itself: a turn that is used at once may let the next one come. */
  #settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    while (this.#senders.giveOne() || this.#receivers.giveOne());
    for (const desk of [this.#senders, this.#receivers]) if (desk.stock.isOver()) desk.closeAll();
    this.#isSettling = false;
  }
}
