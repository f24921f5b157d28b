import { afterAll, describe } from 'vitest';
import { openBroker } from '../../src/events/open.ts';
import { KafkaServer } from '../servers/kafka-server.ts';
import { testWith } from '../servers/parts.ts';
import { brokerContract } from './broker-contract.ts';
import type { ContractRow } from './broker-world.ts';
import { keptContract } from './kept-contract.ts';

const servers: KafkaServer[] = [];
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

let shared: Promise<string> | undefined;
let topics = 0;

/** An address with a topic of its own, on the server that DP_TEST_KAFKA_URL names, or else on one that all rows share. */
async function newAddress(jars: string): Promise<string> {
  shared ??= process.env['DP_TEST_KAFKA_URL']
    ? Promise.resolve(process.env['DP_TEST_KAFKA_URL'])
    : KafkaServer.start(jars).then((server) => {
        servers.push(server);
        return `kafka://127.0.0.1:${server.port}`;
      });
  return `${await shared}/dp-test-${process.pid}-${++topics}?partitions=1&claim_after=1s`;
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
  return [...brokerContract({ open, rounds: 2 }), ...keptContract({ newAddress: address })];
}

function throwIt(fault: Error): void {
  throw fault;
}
