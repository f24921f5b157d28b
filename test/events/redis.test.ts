import { afterAll, describe } from 'vitest';
import { openBroker } from '../../src/events/open.ts';
import { testWith } from '../servers/parts.ts';
import { RedisServer } from '../servers/redis-server.ts';
import { brokerContract } from './broker-contract.ts';
import type { ContractRow } from './broker-world.ts';
import { keptContract } from './kept-contract.ts';

const servers: RedisServer[] = [];
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

let shared: Promise<string> | undefined;
let prefixes = 0;

/** An address with a prefix of its own, on the server that DP_TEST_REDIS_URL names, or else on one that all rows share. */
async function newAddress(program: string): Promise<string> {
  shared ??= process.env['DP_TEST_REDIS_URL']
    ? Promise.resolve(process.env['DP_TEST_REDIS_URL'])
    : RedisServer.start(program).then((server) => {
        servers.push(server);
        return `redis://127.0.0.1:${server.port}`;
      });
  return `${await shared}?prefix=dp-test-${process.pid}-${++prefixes}:&claim_after=1s`;
}

const testWithRedis = testWith('redis');

describe('redis as a broker', () => {
  for (const { title } of rowsWith(''))
    testWithRedis(title, (program) =>
      rowsWith(program)
        .find((row) => row.title === title)
        ?.run(),
    );
});

function rowsWith(program: string): readonly ContractRow[] {
  const address = (): Promise<string> => newAddress(program);
  const open = async () => openBroker(await address(), { report: throwIt });
  return [...brokerContract({ open, rounds: 10 }), ...keptContract({ newAddress: address })];
}

function throwIt(fault: Error): void {
  throw fault;
}
