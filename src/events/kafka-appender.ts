/** Sends events to a topic in batches: what comes while a batch is on its way goes with the next, so that order is kept. */
import type { Producer } from '@platformatic/kafka';

const BATCH_EVENTS = 5_000;
/** Half of what a server takes at once unless told otherwise. */
const BATCH_CHARACTERS = 500_000;

interface Appended {
  readonly key: string;
  readonly value: string;
  readonly settle: PromiseWithResolvers<void>;
}

export class KafkaAppender {
  readonly #producer: Producer<string, string, string, string>;
  readonly #topic: string;
  readonly #waiting: Appended[] = [];
  #sending: Promise<void> | undefined;

  constructor(producer: Producer<string, string, string, string>, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  /** Resolves when the server has it. */
  append(key: string, value: string): Promise<void> {
    const settle = Promise.withResolvers<void>();
    this.#waiting.push({ key, value, settle });
    this.#sending ??= this.#send();
    return settle.promise;
  }

  /** Resolves when nothing is on its way; never rejects. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    // Events that are appended in the same turn are sent together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#batchLength());
      const messages = batch.map(({ key, value }) => ({ topic: this.#topic, key, value }));
      try {
        await this.#producer.send({ messages });
        for (const { settle } of batch) settle.resolve();
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
    }
    this.#sending = undefined;
  }

  #batchLength(): number {
    let characters = 0;
    const end = this.#waiting.findIndex(({ value }, index) => {
      characters += value.length;
      return index === BATCH_EVENTS || (index > 0 && characters > BATCH_CHARACTERS);
    });
    return end === -1 ? this.#waiting.length : end;
  }
}
