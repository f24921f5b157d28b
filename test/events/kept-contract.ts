/** What every broker on a server does beside the contract of all brokers: it keeps events, and who handled them. */
import assert from 'node:assert/strict';
import type { Broker, Subscription } from '../../src/events/broker.ts';
import { type OpenOptions, openBroker } from '../../src/events/open.ts';
import type { Fault } from '../../src/model/fault.ts';
import type { ContractRow } from '../../src/testing/contract-row.ts';
import { startReader } from './reader-process.ts';
import { nextOf, publishAll } from '../../src/testing/subscriptions.ts';

export interface KeptWorld {
  /** Gives the address of a broker that nobody else uses, a new one each time. */
  readonly newAddress: () => Promise<string>;
}

export function keptContract(world: KeptWorld): readonly ContractRow[] {
  return Object.entries(ROWS).map(([title, check]) => ({
    title,
    run: async () => {
      await using brokers = new AsyncDisposableStack();
      const address = await world.newAddress();
      await check({
        address,
        open: async (options = {}) => {
          const broker = await openBroker(address, { report: refuseToIgnore, ...options });
          return brokers.use(broker);
        },
      });
    },
  }));
}

interface Given {
  readonly address: string;
  /** Opens one more client of the same broker. A fault that the row does not expect fails it. */
  readonly open: (options?: Partial<OpenOptions>) => Promise<Broker>;
}

const ROWS: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  'other clients receive what one publishes': async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const subscription = other.subscribe('a.*', { from: 'start' });
    await publishAll(one, 'a.b', [1, 2]);
    assert.deepEqual(await take(subscription, 2), [1, 2]);
  },

  'a durable subscriber receives what was published while it was away, and nothing twice': async ({
    open,
  }) => {
    const publisher = await open();
    {
      await using first = await open();
      const subscription = first.subscribe('a', { durable: 'reader' });
      await publishAll(publisher, 'a', [1, 2]);
      await publishAll(publisher, 'b', [0]);
      assert.deepEqual(await take(subscription, 2), [1, 2]);
    }
    await publishAll(publisher, 'a', [3, 4]);
    const again = (await open()).subscribe('a', { durable: 'reader' });
    await publishAll(publisher, 'a', [5]);
    // The reader left its loop at 2, which thus was not handled.
    assert.deepEqual(new Set(await take(again, 4)), new Set([2, 3, 4, 5]));
  },

  'an event whose reader threw comes again, to whoever reads under the name next': async ({
    open,
  }) => {
    const broker = await open();
    const failing = broker.subscribe('a', { durable: 'reader' });
    await publishAll(broker, 'a', [1, 2, 3]);
    const reading = (async () => {
      for await (const { data } of failing) if (data === 2) throw new Error('reader failed');
    })();
    await assert.rejects(reading, /reader failed/);
    const next = broker.subscribe('a', { durable: 'reader' });
    assert.deepEqual(new Set(await take(next, 2)), new Set([2, 3]));
  },

  'subscribers of different names receive everything, those of one name share it': async ({
    open,
  }) => {
    const broker = await open();
    const alone = broker.subscribe('a', { durable: 'alone', capacity: 10 });
    const both = [1, 2].map(() => broker.subscribe('a', { durable: 'both', capacity: 5 }));
    const all = Array.from({ length: 100 }, (_, n) => n);
    const shared: unknown[] = [];
    const reading = both.map(async (subscription) => {
      for await (const { data } of subscription) shared.push(data);
    });
    await publishAll(broker, 'a', all);
    assert.deepEqual(await take(alone, 100), all);
    const { promise: complete, resolve } = Promise.withResolvers<void>();
    const probe = setInterval(() => new Set(shared).size === 100 && resolve(), 10);
    await complete;
    clearInterval(probe);
    for (const subscription of both) subscription[Symbol.dispose]();
    await Promise.all(reading);
    assert.deepEqual(new Set(shared), new Set(all));
  },

  'reading begins at the start, or behind any position that a subscription gave': async ({
    open,
  }) => {
    const broker = await open();
    await publishAll(broker, 'a', [1, 2, 3, 4]);
    const first = broker.subscribe('a', { from: 'start' });
    assert.deepEqual([await nextOf(first), await nextOf(first)], [1, 2]);
    const { position } = first;
    assert.ok(position !== undefined);
    assert.deepEqual(await take(first, 2), [3, 4]);
    await using other = await open();
    assert.deepEqual(await take(other.subscribe('a', { from: position }), 2), [3, 4]);
    assert.throws(() => broker.subscribe('a', { from: 'yesterday' }), { code: 'DP6126' });
  },

  'events from outside are held against the schemas for their topics': async ({ open }) => {
    const faults: Fault[] = [];
    const publisher = await open();
    const broker = await open({
      report: (fault) => faults.push(fault),
      schemas: {
        'data.**': { type: 'object', required: ['rows'] },
        'data.counted': {
          '~standard': {
            validate: (value) =>
              (value as { rows: number }).rows > 0
                ? { value: { ...(value as object), checked: true } }
                : { issues: [{ message: 'must be above 0', path: ['rows'] }] },
          },
        },
      },
    });
    const subscription = broker.subscribe('**', { from: 'start' });
    await publishAll(publisher, 'data.counted', [{ rows: 1 }, { rows: 0 }, {}]);
    await publishAll(publisher, 'other', ['anything']);
    assert.deepEqual(await take(subscription, 2), [{ rows: 1, checked: true }, 'anything']);
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['DP6123', 'DP6123'],
    );
    assert.match(faults[0]?.message ?? '', /"data\.counted".*\/rows must be above 0/);
    assert.match(faults[1]?.message ?? '', /"data\.\*\*".*'rows'/);
  },

  'a reader that is killed loses nothing: the next one receives what it had not handled': async ({
    open,
    address,
  }) => {
    const publisher = await open();
    const reader = await startReader(address, 'reader', 100);
    const all = Array.from({ length: 300 }, (_, n) => n);
    await publishAll(publisher, 'a', all);
    await reader.isBusy;
    await reader.kill();
    const missing = new Set<unknown>(all).difference(new Set(reader.handled));
    const next = (await open()).subscribe('a', { durable: 'reader', capacity: 50 });
    let repeated = 0;
    for await (const { data } of next) {
      if (!missing.delete(data)) repeated++;
      if (missing.size === 0) break;
    }
    // Only the event that it was at, and those whose acknowledgement was on its way, may come again.
    assert.ok(repeated <= 100, `${repeated} events came again`);
  },
};

function refuseToIgnore(fault: Fault): void {
  throw fault;
}

async function take(subscription: Subscription, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const { data } of subscription) if (taken.push(data) === count) break;
  return taken;
}
