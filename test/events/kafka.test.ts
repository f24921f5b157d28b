import { afterAll, describe, expect } from 'vitest';
import { openBroker } from '../../src/events/open.ts';
import { KafkaServer } from '../servers/kafka-server.ts';
import { testWith } from '../servers/parts.ts';
import { brokerContract } from '../../src/testing/broker-contract.ts';
import type { ContractRow } from '../../src/testing/contract-row.ts';
import { keptContract } from './kept-contract.ts';
import { outageContract } from './outage-contract.ts';
import { sampleOf } from '../sample.ts';
import { until } from '../waiting.ts';
import { event } from '../../src/testing/subscriptions.ts';

/** Number of events under load; `make test` has no time for more than a sample. */
const EVENTS = Number(process.env['DP_TEST_EVENTS'] ?? 10_000);

/** What all rows share; undefined until the first of them needs it. */
let shared: Promise<KafkaServer> | undefined;
afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

let made = 0;

/** An address with a topic of its own, on the server that DP_TEST_KAFKA_URL names, or else on one of our own. */
async function newAddress(jars: string): Promise<string> {
  const url = process.env['DP_TEST_KAFKA_URL'] ?? `kafka://127.0.0.1:${(await own(jars)).port}`;
  return `${url}/dp-test-${process.pid}-${++made}?partitions=1&claim_after=1s`;
}

function own(jars: string): Promise<KafkaServer> {
  return (shared ??= KafkaServer.start(jars));
}

describe('kafka as a broker', () => {
  for (const { title } of rowsWith(''))
    testWith('kafka')(
      title,
      (jars) =>
        rowsWith(jars)
          .find((row) => row.title === title)
          ?.run(),
      120_000,
    );
});

testWith('kafka')(
  'order is kept for each topic while members of a durable subscriber come and go',
  async (jars) => {
    const address = (await newAddress(jars)).replace('partitions=1', 'partitions=3');
    const publisher = await openBroker(address, { report: throwIt });
    const seen = new Map<string, unknown[]>();
    const member = async () => {
      const broker = await openBroker(address, { report: throwIt });
      const options = { durable: 'all', from: 'start', capacity: 20 } as const;
      const reading = (async () => {
        for await (const { topic, data } of broker.subscribe('t.*', options)) {
          seen.getOrInsert(topic, []).push(data);
        }
      })();
      return async () => {
        await broker.close();
        await reading;
      };
    };
    const leaveFirst = await member();
    const topics = Array.from({ length: 6 }, (_, n) => `t.${n}`);
    const publish = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++)
        for (const topic of topics) await publisher.publish(topic, event(topic, n));
    };
    const all = (count: number) => () =>
      topics.every((topic) => new Set(seen.get(topic)).size === count);
    await publish(0, 50);
    await until(all(50));
    const leaveSecond = await member();
    await publish(50, 100);
    await leaveFirst();
    await publish(100, 150);
    await until(all(150));
    await leaveSecond();
    await publisher.close();
    const inOrder = Array.from({ length: 150 }, (_, n) => n);
    // What was repeated has its first place in order.
    for (const topic of topics) expect([...new Set(seen.get(topic))]).toEqual(inOrder);
  },
  120_000,
);

function rowsWith(jars: string): readonly ContractRow[] {
  const address = (): Promise<string> => newAddress(jars);
  const open = async () => openBroker(await address(), { report: throwIt });
  const outages = outageContract({ newAddress: address, server: () => own(jars) });
  // A server of somebody else is not killed. Ours takes half a minute to come back, and Redis shows the same in a second.
  const isOwn = process.env['DP_TEST_KAFKA_URL'] === undefined;
  return [
    ...brokerContract({ open, rounds: 2, events: EVENTS }),
    ...keptContract({ newAddress: address }),
    ...(isOwn ? sampleOf(outages, () => false) : []),
  ];
}

function throwIt(fault: Error): void {
  throw fault;
}
