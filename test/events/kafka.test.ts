import { afterAll, describe } from 'vitest';
import { openBroker } from '../../src/events/open.ts';
import { KafkaServer } from '../servers/kafka-server.ts';
import { testWith } from '../servers/parts.ts';
import { brokerContract } from '../../src/testing/broker-contract.ts';
import type { ContractRow } from '../../src/testing/contract-row.ts';
import { keptContract } from './kept-contract.ts';
import { outageContract } from './outage-contract.ts';

/** Number of events under load; `make test` has no time for more than a sample. */
const EVENTS = Number(process.env['DP_TEST_EVENTS'] ?? 10_000);

/** What all rows share; undefined until the first of them needs it. */
let shared: Promise<KafkaServer> | undefined;
afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

let topics = 0;

/** An address with a topic of its own, on the server that DP_TEST_KAFKA_URL names, or else on one of our own. */
async function newAddress(jars: string): Promise<string> {
  const url = process.env['DP_TEST_KAFKA_URL'] ?? `kafka://127.0.0.1:${(await own(jars)).port}`;
  return `${url}/dp-test-${process.pid}-${++topics}?partitions=1&claim_after=1s`;
}

function own(jars: string): Promise<KafkaServer> {
  return (shared ??= KafkaServer.start(jars));
}

const testWithKafka = testWith('kafka');

describe('kafka as a broker', () => {
  for (const { title } of rowsWith(''))
    testWithKafka(
      title,
      (jars) =>
        rowsWith(jars)
          .find((row) => row.title === title)
          ?.run(),
      60_000,
    );
});

function rowsWith(jars: string): readonly ContractRow[] {
  const address = (): Promise<string> => newAddress(jars);
  const open = async () => openBroker(await address(), { report: throwIt });
  // A server of somebody else is not killed.
  const isOwn = process.env['DP_TEST_KAFKA_URL'] === undefined;
  const outages = outageContract({ newAddress: address, server: () => own(jars) });
  return [
    ...brokerContract({ open, rounds: 2, events: EVENTS }),
    ...keptContract({ newAddress: address }),
    ...(isOwn ? outages : []),
  ];
}

function throwIt(fault: Error): void {
  throw fault;
}
