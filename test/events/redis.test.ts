import { afterAll, describe } from 'vitest';
import { openBroker } from '../../src/events/open.ts';
import { testWith } from '../servers/parts.ts';
import { RedisServer } from '../servers/redis-server.ts';
import { brokerContract } from '../../src/testing/broker-contract.ts';
import type { ContractRow } from '../../src/testing/contract-row.ts';
import { keptContract } from './kept-contract.ts';
import { outageContract } from './outage-contract.ts';

/** Number of events under load; `make test` has no time for more than a sample. */
const EVENTS = Number(process.env['DP_TEST_EVENTS'] ?? 10_000);

/** What all rows share; undefined until the first of them needs it. */
let shared: Promise<RedisServer> | undefined;
afterAll(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

let prefixes = 0;

/** An address with a prefix of its own, on the server that DP_TEST_REDIS_URL names, or else on one of our own. */
async function newAddress(program: string): Promise<string> {
  const url = process.env['DP_TEST_REDIS_URL'] ?? `redis://127.0.0.1:${(await own(program)).port}`;
  return `${url}?prefix=dp-test-${process.pid}-${++prefixes}:&claim_after=1s`;
}

function own(program: string): Promise<RedisServer> {
  return (shared ??= RedisServer.start(program));
}

describe('redis as a broker', () => {
  for (const { title } of rowsWith(''))
    testWith('redis')(title, (program) =>
      rowsWith(program)
        .find((row) => row.title === title)
        ?.run(),
    );
});

function rowsWith(program: string): readonly ContractRow[] {
  const address = (): Promise<string> => newAddress(program);
  const open = async () => openBroker(await address(), { report: throwIt });
  // A server of somebody else is not killed.
  const isOwn = process.env['DP_TEST_REDIS_URL'] === undefined;
  const outages = outageContract({ newAddress: address, server: () => own(program) });
  return [
    ...brokerContract({ open, rounds: 10, events: EVENTS }),
    ...keptContract({ newAddress: address }),
    ...(isOwn ? outages : []),
  ];
}

function throwIt(fault: Error): void {
  throw fault;
}
