/** What a broker makes of a server that is killed and comes back. */
import assert from 'node:assert/strict';
import { openBroker } from '../../src/events/open.ts';
import type { Fault } from '../../src/model/fault.ts';
import type { ContractRow } from '../../src/testing/contract-row.ts';
import { event, publishAll } from '../../src/testing/subscriptions.ts';

export interface OutageWorld {
  /** Gives the address of a broker that nobody else uses, a new one each time. */
  readonly newAddress: () => Promise<string>;
  readonly server: () => Promise<{ kill(): Promise<void>; start(): Promise<void> }>;
}

export function outageContract(world: OutageWorld): readonly ContractRow[] {
  return Object.entries(ROWS).map(([title, check]) => ({ title, run: () => check(world) }));
}

const ROWS: Readonly<Record<string, (world: OutageWorld) => Promise<void>>> = {
  'a server that is killed and comes back loses nothing, and every reader goes on in order':
    async ({ newAddress, server }) => {
      const faults: Fault[] = [];
      const address = await newAddress();
      await using broker = await openBroker(address, { report: (fault) => faults.push(fault) });
      const readers = [
        broker.subscribe('a'),
        broker.subscribe('a', { from: 'start' }),
        broker.subscribe('a', { durable: 'reader' }),
      ].map(async (subscription) => {
        const seen: unknown[] = [];
        for await (const { data } of subscription) if (seen.push(data) && data === 299) break;
        return seen;
      });
      await publishAll(broker, 'a', range(0, 100));
      const running = await server();
      const outage = running.kill().then(() => running.start());
      await publishAll(broker, 'a', range(100, 300));
      await outage;
      for (const seen of await Promise.all(readers)) {
        // Whatever was repeated has its first place in order.
        assert.deepEqual([...new Set(seen)], range(0, 300));
      }
      assert.deepEqual(new Set(faults.map(({ code }) => code)), new Set(['DP6121']));
    },

  'a broker whose server is away can be closed, and what waited is rejected': async ({
    newAddress,
    server,
  }) => {
    const faults: Fault[] = [];
    const broker = await openBroker(await newAddress(), { report: (fault) => faults.push(fault) });
    const readers = [
      broker.subscribe('a'),
      broker.subscribe('a', { overflow: 'block' }),
      broker.subscribe('a', { durable: 'reader' }),
    ].map((subscription) => Array.fromAsync(subscription));
    await broker.publish('b', event('b'));
    const running = await server();
    await running.kill();
    try {
      const waiting = assert.rejects(async () => broker.publish('a', event('a')), {
        code: 'DP6102',
      });
      await broker.close();
      await waiting;
      assert.deepEqual(await Promise.all(readers), [[], [], []]);
    } finally {
      await running.start();
    }
  },
};

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}
