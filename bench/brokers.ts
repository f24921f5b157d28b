/**
 * Measures brokers on servers beside their bare clients, which write and read the same JSON: 500 events on their way at a time.
 * Servers are those of DP_TEST_REDIS_URL and DP_TEST_KAFKA_URL; what is not given is left out.
 */
import { randomUUID } from 'node:crypto';
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { Redis } from 'ioredis';
import { openBroker } from '../src/events/open.ts';
import type { Event } from '../src/model/event.ts';
import { compare } from './measure.ts';

const EVENTS = 50_000;
const AT_A_TIME = 500;
const TOPIC = 'run.task.succeeded';
const TASK_EVENT: Event = {
  v: 1,
  id: 'e1',
  topic: TOPIC,
  time: 0,
  runId: 'r1',
  task: 'clean',
  data: null,
};

const redisUrl = process.env['DP_TEST_REDIS_URL'];
if (redisUrl === undefined) console.log('DP_TEST_REDIS_URL is not set: Redis is not measured');
else await besideRedis(redisUrl);
const kafkaUrl = process.env['DP_TEST_KAFKA_URL'];
if (kafkaUrl === undefined) console.log('DP_TEST_KAFKA_URL is not set: Kafka is not measured');
else await besideKafka(kafkaUrl);

async function besideRedis(url: string): Promise<void> {
  const prefix = `bench-${randomUUID()}:`;
  const address = `${url}?prefix=${prefix}`;
  await using broker = await openBroker(address, { report });
  const redis = new Redis(url);
  const key = `${prefix}events`;
  await compare(
    'Publishing to Redis (budget 0.8 × the bare client)',
    {
      'ioredis, XADD': () =>
        inBatches(() =>
          redis.xadd(
            key,
            'MAXLEN',
            '~',
            100_000,
            '*',
            'topic',
            TOPIC,
            'event',
            JSON.stringify(TASK_EVENT),
          ),
        ),
      'dp broker': () => inBatches(() => Promise.resolve(broker.publish(TOPIC, TASK_EVENT))),
    },
    { unit: 'events' },
  );
  await compare(
    'Reading from Redis, from the start (budget 0.8 × the bare client)',
    {
      'ioredis, XREAD, and JSON.parse': async () => {
        let [read, id] = [0, '0-0'];
        while (read < EVENTS) {
          const [[, entries] = ['', []]] =
            (await redis.xread('COUNT', 1_024, 'STREAMS', key, id)) ?? [];
          for (const [entry, fields] of entries) {
            JSON.parse(fields[3]!);
            id = entry;
            read++;
          }
        }
        return read;
      },
      'dp broker': () => readFrom(address),
    },
    { unit: 'events' },
  );
  await redis.del(key);
  redis.disconnect();
}

async function besideKafka(url: string): Promise<void> {
  const topic = `bench-${randomUUID()}`;
  const address = `${url}/${topic}?partitions=1`;
  await using broker = await openBroker(address, { report });
  const options = { clientId: 'bench', bootstrapBrokers: [new URL(url).host] };
  const producer = new Producer({
    ...options,
    idempotent: true,
    acks: -1,
    serializers: stringSerializers,
  });
  await compare(
    'Publishing to Kafka (budget 0.8 × the bare client)',
    {
      '@platformatic/kafka, 500 messages a request': async () => {
        for (let i = 0; i < EVENTS; i += AT_A_TIME) {
          const message = () => ({ topic, key: TOPIC, value: JSON.stringify(TASK_EVENT) });
          await producer.send({ messages: Array.from({ length: AT_A_TIME }, message) });
        }
        return EVENTS;
      },
      'dp broker': () => inBatches(() => Promise.resolve(broker.publish(TOPIC, TASK_EVENT))),
    },
    { unit: 'events' },
  );
  await compare(
    'Reading from Kafka, from the start (budget 0.8 × the bare client)',
    {
      '@platformatic/kafka, and JSON.parse': async () => {
        const groupId = randomUUID();
        const consumer = new Consumer({ ...options, groupId, deserializers: stringDeserializers });
        const stream = await consumer.consume({
          topics: [topic],
          mode: 'earliest',
          autocommit: false,
        });
        let read = 0;
        for await (const { value } of stream) {
          JSON.parse(value);
          if (++read === EVENTS) break;
        }
        await consumer.close(true);
        return read;
      },
      'dp broker': () => readFrom(address),
    },
    { unit: 'events' },
  );
  await producer.close();
}

async function inBatches(publish: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < EVENTS; i += AT_A_TIME)
    await Promise.all(Array.from({ length: AT_A_TIME }, publish));
  return EVENTS;
}

async function readFrom(address: string): Promise<number> {
  await using broker = await openBroker(address, { report });
  let read = 0;
  for await (const _ of broker.subscribe('**', { from: 'start' })) if (++read === EVENTS) break;
  return read;
}

function report(fault: Error): void {
  throw fault;
}
