/** A reader of the topic of a Kafka broker, by positions of its own or as a member of a durable subscriber. */
import type { Consumer, MessagesStream } from '@platformatic/kafka';
import { delay, systemClock } from '../lib/clock.ts';
import { isRebalance } from './kafka-faults.ts';
import type { KeptEvent } from './intake.ts';
import type { EventSource } from './pulled-subscription.ts';
import { reconnectDelay } from './reconnect-delay.ts';
import { closeInTime } from './settled-in-time.ts';
import { unlessStopped } from './unless-stopped.ts';

export type KafkaConsumer = Consumer<string, string, string, string>;
type KafkaStream = MessagesStream<string, string, string, string>;

/** The next offset of each partition. */
export type PartitionOffsets = Map<number, bigint>;

export interface KafkaReading {
  readonly topic: string;
  /** For people. */
  readonly shown: string;
  /** Most events that are read at a time. */
  readonly count: number;
  /** A client of the group that the server keeps under the name of a durable subscriber, or else of one that nobody knows. */
  readonly newConsumer: () => KafkaConsumer;
  /** Resolves with the position at which to begin. For a durable subscriber the server knows it then. */
  readonly start: Promise<PartitionOffsets>;
  readonly isDurable: boolean;
  /** Receives a failure that another attempt may mend. */
  readonly report: (error: unknown) => void;
}

interface KafkaClient {
  readonly consumer: KafkaConsumer;
  readonly stream: KafkaStream;
}

interface KafkaEvent extends KeptEvent {
  readonly partition: number;
  /** The offset behind the event. */
  readonly next: bigint;
}

/** Whatever fails, it connects again and goes on behind what it has read. */
export class KafkaSource implements EventSource {
  readonly #reading: KafkaReading;
  readonly #stopping = new AbortController();
  #client: KafkaClient | undefined;
  /** The fault of the stream; undefined as long as there is none. */
  #failure: Error | undefined;
  #attempts = 0;
  #wake: () => void = () => {};
  /** Position behind the events that were read. */
  #offsets: PartitionOffsets | undefined;
  /** Position behind the events that were handled, as far as it is not on record yet. */
  readonly #handled: PartitionOffsets = new Map();
  #committing: Promise<void> | undefined;
  #lost = 0;

  constructor(reading: KafkaReading) {
    this.#reading = reading;
    // The reader receives the fault.
    reading.start.catch(() => {});
  }

  get lost(): number {
    return this.#lost;
  }

  async read(): Promise<readonly KafkaEvent[]> {
    while (!this.#stopping.signal.aborted) {
      try {
        this.#client ??= await this.#connected();
        if (this.#client === undefined) break;
        const events = this.#take(this.#client.stream);
        if (events.length > 0) return events;
        if (this.#failure !== undefined) throw this.#failure;
        if (!this.#stopping.signal.aborted)
          await new Promise<void>((resolve) => (this.#wake = resolve));
      } catch (error) {
        await this.#reconnectAfter(error);
      }
    }
    return [];
  }

  handled({ partition, next }: KafkaEvent): void {
    if (!this.#reading.isDurable) return;
    this.#handled.set(partition, next);
    this.#committing ??= this.#commit();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    if (this.#client?.consumer.isConnected() === true) await this.#committing;
    await this.#disconnect();
  }

  /** Returns undefined when it was stopped meanwhile. */
  async #connected(): Promise<KafkaClient | undefined> {
    const connecting = this.#connect();
    const client = await unlessStopped(connecting, this.#stopping.signal);
    if (client === undefined)
      connecting.then(
        ({ consumer }) => closed(consumer),
        () => {},
      );
    return client;
  }

  async #connect(): Promise<KafkaClient> {
    const { topic, start, isDurable, newConsumer } = this.#reading;
    this.#offsets ??= isDurable ? new Map() : new Map(await start);
    await start;
    const consumer = newConsumer();
    const offsets = [...this.#offsets].map(([partition, offset]) => ({ topic, partition, offset }));
    try {
      const stream = await consumer.consume({
        topics: [topic],
        autocommit: false,
        fallbackMode: 'earliest',
        ...(isDurable ? { mode: 'committed' } : { mode: 'manual', offsets }),
      });
      stream.on('readable', () => this.#wake());
      stream.on('error', (error) => this.#end(error));
      stream.on('close', () => this.#end(new Error('the connection was closed')));
      return { consumer, stream };
    } catch (error) {
      await closed(consumer);
      throw error;
    }
  }

  #end(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  async #reconnectAfter(error: unknown): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    if (this.#attempts++ === 0) this.#reading.report(error);
    await this.#disconnect();
    this.#failure = undefined;
    const delayMs = reconnectDelay(this.#attempts, Math.random());
    await delay(systemClock, delayMs, this.#stopping.signal);
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await closed(client.consumer);
  }

  /** Returns what the stream has. After a rebalance the server gives again what was read and is not on record; that is left out. */
  #take(stream: KafkaStream): readonly KafkaEvent[] {
    const offsets: PartitionOffsets = (this.#offsets ??= new Map());
    const { shown, count } = this.#reading;
    const events: KafkaEvent[] = [];
    while (events.length < count) {
      const message = stream.read() as KafkaMessage | null;
      if (message === null) break;
      this.#attempts = 0;
      const { partition, offset, key, value } = message;
      const expected = offsets.get(partition) ?? offset;
      if (offset < expected) continue;
      this.#lost += Number(offset - expected);
      offsets.set(partition, offset + 1n);
      const place = `${partition}:${offset} in ${shown}`;
      const position = positionOf(offsets);
      events.push({
        topic: key ?? '',
        text: value ?? '',
        position,
        place,
        partition,
        next: offset + 1n,
      });
    }
    return events;
  }

  /** Commits one position at a time; events that are handled meanwhile are part of the next. */
  async #commit(): Promise<void> {
    const { topic, report } = this.#reading;
    try {
      while (this.#handled.size > 0 && this.#client !== undefined) {
        const sent = new Map(this.#handled);
        const offsets = [...sent].map(([partition, offset]) => ({
          topic,
          partition,
          offset,
          leaderEpoch: -1,
        }));
        await this.#client.consumer.commit({ offsets });
        for (const [partition, offset] of sent)
          if (this.#handled.get(partition) === offset) this.#handled.delete(partition);
      }
    } catch (error) {
      // It is sent again with what is handled next; if that never comes, these events come again.
      if (!this.#stopping.signal.aborted && !isRebalance(error)) report(error);
    } finally {
      this.#committing = undefined;
    }
  }
}

interface KafkaMessage {
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly partition: number;
  readonly offset: bigint;
}

function closed(consumer: KafkaConsumer): Promise<void> {
  return closeInTime(consumer, () => consumer.close(true));
}

/** Writes offsets as `0:12,1:7`. */
export function positionOf(offsets: PartitionOffsets): string {
  return [...offsets].map(([partition, offset]) => `${partition}:${offset}`).join(',');
}

/** Returns undefined when the text is no position. */
export function offsetsAt(position: string): PartitionOffsets | undefined {
  if (!/^\d{1,9}:\d{1,18}(?:,\d{1,9}:\d{1,18})*$/.test(position)) return undefined;
  return new Map(
    position.split(',').map((each) => {
      const [partition = '', offset = ''] = each.split(':');
      return [Number(partition), BigInt(offset)];
    }),
  );
}
