/**
 * A Kafka server that keeps events: an event goes in as a message of one topic, whose key is the event's topic, and comes out of it.
 * Its producer is idempotent, so an attempt that is repeated adds nothing twice. Reading changes nothing but the offsets of durable subscribers.
 */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Admin, Producer } from '@platformatic/kafka';
import { Fault } from '../model/fault.ts';
import {
  badParameter,
  type BrokerUrl,
  claimAfterOf,
  countParameter,
  parseBrokerUrl,
  TLS_FILES,
  tlsFiles,
  type UrlGrammar,
} from './broker-url.ts';
import { KafkaAppender } from './kafka-appender.ts';
import { isTopicThere, kafkaFault } from './kafka-faults.ts';
import {
  type KafkaConsumer,
  KafkaSource,
  type PartitionOffsets,
  offsetsAt,
  positionOf,
} from './kafka-source.ts';
import type { EventSource } from './pulled-subscription.ts';
import { reconnectDelay } from './reconnect-delay.ts';
import { closeInTime, settledInTime } from './settled-in-time.ts';
import {
  closedBefore,
  type EventServer,
  type ServerOptions,
  type SourceOptions,
} from './server-broker.ts';

export const KAFKA: UrlGrammar = {
  schemes: ['kafka'],
  example: 'kafka://USER:PASSWORD@HOST:9092,HOST:9092/TOPIC?tls=true&sasl=scram-sha-512',
  defaultPort: 9092,
  parameters: ['tls', 'sasl', 'partitions', 'claim_after', ...TLS_FILES],
};

const DEFAULT_TOPIC = 'dp.events';
const SASL = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;
/** A server that was just started answers some requests only when asked again. */
const OPEN_RETRIES = 5;
/** Time that the server holds a read that finds nothing. */
const WAIT_MS = 500;
const LATEST = -1n;
const EARLIEST = -2n;

/** Throws DP6120 for a malformed address, DP6121 when the server cannot be used, and DP6125 when it refuses. */
export async function openKafkaServer(text: string, options: ServerOptions): Promise<EventServer> {
  const url = parseBrokerUrl(text, KAFKA);
  const place = { topic: url.path === '' ? DEFAULT_TOPIC : url.path, shown: url.shown };
  const connection = connectionOptions(url, options.folder);
  const partitions = countParameter(url, 'partitions', { least: 1, otherwise: -1 });
  const claimAfterMs = claimAfterOf(url);
  const kafka = await import('@platformatic/kafka');
  const admin = new kafka.Admin({ ...connection, retries: OPEN_RETRIES });
  try {
    await makeTopic(admin, place.topic, partitions);
  } catch (error) {
    await closeInTime(admin, () => admin.close());
    throw kafkaFault(error, place.shown);
  }
  const producer = new kafka.Producer({
    ...connection,
    retries: true,
    idempotent: true,
    acks: kafka.ProduceAcks.ALL,
    serializers: kafka.stringSerializers,
  });
  const newConsumer = (group: string): KafkaConsumer =>
    new kafka.Consumer({
      ...connection,
      retries: OPEN_RETRIES,
      groupId: group,
      deserializers: kafka.stringDeserializers,
      maxWaitTime: WAIT_MS,
      sessionTimeout: claimAfterMs,
      rebalanceTimeout: Math.max(claimAfterMs, 10_000),
      heartbeatInterval: claimAfterMs / 3,
    });
  return new KafkaServer(place, { admin, producer, newConsumer, report: options.report });
}

interface KafkaPlace {
  readonly topic: string;
  /** For people. */
  readonly shown: string;
}

interface KafkaClients {
  readonly admin: Admin;
  readonly producer: Producer<string, string, string, string>;
  readonly newConsumer: (group: string) => KafkaConsumer;
  readonly report: (fault: Fault) => void;
}

class KafkaServer implements EventServer {
  readonly #place: KafkaPlace;
  readonly #clients: KafkaClients;
  readonly #appender: KafkaAppender;
  /** Ends of the topic that subscriptions are asking for; what is published later has to come behind them. */
  readonly #starts = new Set<Promise<unknown>>();
  #isClosing = false;

  constructor(place: KafkaPlace, clients: KafkaClients) {
    this.#place = place;
    this.#clients = clients;
    this.#appender = new KafkaAppender(clients.producer, place.topic);
  }

  async append(topic: string, text: string): Promise<void> {
    if (this.#starts.size > 0) await Promise.allSettled(this.#starts);
    try {
      await this.#appender.append(topic, text);
    } catch (error) {
      const { shown } = this.#place;
      throw this.#isClosing ? closedBefore(shown, error) : kafkaFault(error, shown);
    }
  }

  source({ from, durable, count }: SourceOptions): EventSource {
    const { newConsumer, report } = this.#clients;
    const { topic, shown } = this.#place;
    const given = from === 'start' || from === 'end' ? undefined : offsetsAt(from);
    if (given === undefined && from !== 'start' && from !== 'end')
      throw new Fault('DP6126', `${JSON.stringify(from)} is no position in ${shown}`, {
        hint: 'give the position of a subscription of this broker, or "start" or "end"',
      });
    const start = this.#start(from === 'start' ? EARLIEST : LATEST, given, durable);
    this.#starts.add(start);
    const forget = (): boolean => this.#starts.delete(start);
    start.then(forget, forget);
    return new KafkaSource({
      topic,
      shown,
      count,
      start,
      isDurable: durable !== undefined,
      newConsumer: () => newConsumer(durable ?? `dp-${randomUUID()}`),
      report: (error) => report(kafkaFault(error, shown)),
    });
  }

  async lastPosition(): Promise<string> {
    return positionOf(await this.#start(LATEST, undefined, undefined));
  }

  /** Waits for the events that are on their way, except when the server is away: then what was appended is rejected. */
  async close(): Promise<void> {
    const { admin, producer } = this.#clients;
    this.#isClosing = true;
    if (producer.isConnected()) await settledInTime(this.#appender.idle());
    await Promise.all([
      closeInTime(producer, () => producer.close()),
      closeInTime(admin, () => admin.close()),
    ]);
  }

  /** Returns where to begin, partition by partition. A durable subscriber that is new is told to the server. */
  async #start(
    at: bigint,
    given: PartitionOffsets | undefined,
    durable: string | undefined,
  ): Promise<PartitionOffsets> {
    const { admin } = this.#clients;
    const { topic, shown } = this.#place;
    try {
      const offsets = await this.#edge(at);
      for (const [partition, offset] of given ?? []) offsets.set(partition, offset);
      if (durable === undefined) return offsets;
      const [group] = await admin.listConsumerGroupOffsets({ groups: [durable] });
      const known = group?.topics.find(({ name }) => name === topic)?.partitions ?? [];
      for (const { partitionIndex, committedOffset } of known)
        if (committedOffset >= 0n) offsets.delete(partitionIndex);
      if (offsets.size === 0) return offsets;
      const partitionOffsets = [...offsets].map(([partition, offset]) => ({ partition, offset }));
      await admin.alterConsumerGroupOffsets({
        groupId: durable,
        topics: [{ name: topic, partitionOffsets }],
      });
      return offsets;
    } catch (error) {
      throw kafkaFault(error, shown);
    }
  }

  async #edge(timestamp: bigint): Promise<PartitionOffsets> {
    const { admin } = this.#clients;
    const { topic } = this.#place;
    const { topics } = await admin.metadata({ topics: [topic] });
    const count = topics.get(topic)?.partitionsCount ?? 0;
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp,
    }));
    const listed = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
    return new Map(
      listed.flatMap((each) =>
        each.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset] as const),
      ),
    );
  }
}

function connectionOptions(url: BrokerUrl, folder: string) {
  const isEncrypted = url.parameters.get('tls') ?? 'false';
  if (isEncrypted !== 'true' && isEncrypted !== 'false')
    throw badParameter(url, 'tls', `is ${isEncrypted}, not true or false`);
  const mechanism = url.parameters.get('sasl') ?? 'plain';
  if (!Object.hasOwn(SASL, mechanism))
    throw badParameter(url, 'sasl', `is ${mechanism}, not ${Object.keys(SASL).join(' or ')}`);
  return {
    clientId: 'dp',
    bootstrapBrokers: url.hosts.map(({ host, port }) => ({ host, port })),
    autocreateTopics: false,
    retryDelay: (_: unknown, _operation: string, attempt: number) =>
      reconnectDelay(attempt, Math.random()),
    ...(isEncrypted === 'true'
      ? {
          tls: tlsFiles(url, folder),
          // A server is not told a name that is a number.
          tlsServerName: !url.hosts.some(({ host }) => isIP(host) !== 0),
        }
      : {}),
    ...(url.user === undefined
      ? {}
      : {
          sasl: {
            mechanism: SASL[mechanism as keyof typeof SASL], // It was checked.
            username: url.user,
            password: url.password ?? '',
          },
        }),
  };
}

/** Does nothing when the topic is there, or comes to be there meanwhile. */
async function makeTopic(admin: Admin, topic: string, partitions: number): Promise<void> {
  const topics = await admin.listTopics();
  if (topics.includes(topic)) return;
  await admin.createTopics({ topics: [topic], partitions }).catch((error: unknown) => {
    if (!isTopicThere(error)) throw error;
  });
}
