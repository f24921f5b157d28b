/** An end's side of the conversation with its queue's home: one turn for each call. */
import { waitSync } from './blocking.ts';
import { type QueueLink, type LinkListener, type Message, NO_VALUE } from './link.ts';
import {
  type AsyncWait,
  type BlockingCall,
  type BlockingWait,
  queueClosed,
  timedOut,
  wouldBlockForEver,
} from './queue.ts';

/** A call that waits for its turn, and then until the home cannot miss the use of the turn. */
interface Call {
  hasTurn: boolean;
  /** The value that the turn is used with. */
  readonly value: Uint8Array;
  readonly resolve: (given: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

export class Turns implements LinkListener {
  readonly #link: QueueLink;
  readonly #canBlock: () => boolean;
  readonly #calls = new Map<number, Call>();
  #count = 0;
  #isClosed = false;

  /** `canBlock` returns whether a turn can come while this thread is stopped. */
  constructor(link: QueueLink, canBlock: () => boolean) {
    this.#link = link;
    this.#canBlock = canBlock;
    link.listen(this);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Waits for a turn and uses it with `value`. Settles with what the home gave, once the home cannot miss the use. */
  async take(value: Uint8Array, { signal }: AsyncWait): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const answer = Promise.withResolvers<Uint8Array>();
    const turn = this.#ask({ hasTurn: false, value, ...answer });
    if (signal === undefined) return answer.promise;
    const leave = () => this.#cancel(turn, signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await answer.promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Stops the thread meanwhile. The timeout limits the wait for the turn; a turn that has come is used to its end. */
  takeSync(
    name: BlockingCall,
    value: Uint8Array,
    { timeout = Infinity }: BlockingWait,
  ): Uint8Array {
    const answer: { given?: Uint8Array; error?: unknown } = {};
    const call: Call = {
      hasTurn: false,
      value,
      resolve: (given) => (answer.given = given),
      reject: (error) => (answer.error = error),
    };
    const turn = this.#ask(call);
    const isOpen = () => this.#calls.has(turn);
    if (isOpen() && !this.#canBlock()) this.#cancel(turn, wouldBlockForEver(name));
    if (!waitSync(() => call.hasTurn || !isOpen(), timeout)) this.#cancel(turn, timedOut(timeout));
    waitSync(() => !isOpen());
    if (answer.given === undefined) throw answer.error;
    return answer.given;
  }

  /** Settles every call that has no turn yet. A turn that has come is used to its end. */
  close(): void {
    this.#isClosed = true;
    for (const turn of this.#calls.keys()) this.#cancel(turn, queueClosed());
    this.#link.close();
  }

  heard({ turn, value: given }: Message): void {
    const call = this.#calls.get(turn);
    if (call === undefined) return; // the call was cancelled, and the home takes the turn back
    call.hasTurn = true;
    this.#link.send({ kind: 'use', turn, value: call.value }, () => {
      this.#forget(turn);
      call.resolve(given);
    });
  }

  ended(): void {
    this.#isClosed = true;
    for (const [turn, call] of this.#calls) {
      this.#forget(turn);
      call.reject(queueClosed());
    }
  }

  #ask(call: Call): number {
    if (this.#isClosed) throw queueClosed();
    const turn = this.#count;
    this.#count = (this.#count + 1) >>> 0;
    if (this.#calls.size === 0) this.#link.ref();
    this.#calls.set(turn, call);
    this.#link.send({ kind: 'ask', turn, value: NO_VALUE });
    return turn;
  }

  /** Does nothing once the turn has come. */
  #cancel(turn: number, reason: unknown): void {
    const call = this.#calls.get(turn);
    if (call === undefined || call.hasTurn) return;
    this.#forget(turn);
    this.#link.send({ kind: 'cancel', turn, value: NO_VALUE });
    call.reject(reason);
  }

  #forget(turn: number): void {
    this.#calls.delete(turn);
    if (this.#calls.size === 0) this.#link.unref();
  }
}
