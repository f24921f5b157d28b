/** The ends of a queue, wherever they are: values are serialized where they are put and read where they are got. */
import { deserialize, serialize } from 'node:v8';
import { Fault } from '../../model/fault.ts';
import { type QueueLink, NO_VALUE } from './link.ts';
import {
  type AsyncWait,
  type BlockingWait,
  cannotCross,
  queueClosed,
  type QueueReceiver,
  type QueueSender,
} from './queue.ts';
import { Turns } from './turns.ts';

/** Opens an end that is linked to the home of its queue. `canBlock` returns whether another thread or process can let its turn come. */
export function openSender<T>(link: QueueLink, canBlock = () => true): QueueSender<T> {
  return new Sender(new Turns(link, canBlock));
}

export function openReceiver<T>(link: QueueLink, canBlock = () => true): QueueReceiver<T> {
  return new Receiver(new Turns(link, canBlock));
}

class Sender<T> implements QueueSender<T> {
  readonly #turns: Turns;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  async put(value: T, wait: AsyncWait = {}): Promise<void> {
    await this.#turns.take(this.#encode(value), wait);
  }

  putSync(value: T, wait: BlockingWait = {}): void {
    this.#turns.takeSync('putSync', this.#encode(value), wait);
  }

  close(): void {
    this.#turns.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #encode(value: T): Uint8Array {
    if (this.#turns.isClosed) throw queueClosed();
    try {
      return serialize(value);
    } catch (error) {
      throw cannotCross(error);
    }
  }
}

/** A sender's `serialize` made what `deserialize` reads of a T. */
class Receiver<T> implements QueueReceiver<T> {
  readonly #turns: Turns;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  async get(wait: AsyncWait = {}): Promise<T> {
    return deserialize(await this.#turns.take(NO_VALUE, wait)) as T;
  }

  getSync(wait: BlockingWait = {}): T {
    return deserialize(this.#turns.takeSync('getSync', NO_VALUE, wait)) as T;
  }

  close(): void {
    this.#turns.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    for (;;) {
      const next = await this.get().then((value) => ({ value }), undefinedWhenClosed);
      if (next === undefined) return undefined;
      yield next.value;
    }
  }
}

function undefinedWhenClosed(error: unknown): undefined {
  if (!(error instanceof Fault && error.code === 'DP6102')) throw error;
}
