/**
 * What every broker does, as rows that any test runner can run. An adapter proves itself by them:
 * `for (const { title, run } of brokerContract(world)) test(title, run)`.
 */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { Broker, SubscribeOptions } from '../events/broker.ts';
import type { Fault } from '../model/fault.ts';
import { Chance } from '../simulation/chance.ts';
import { brokersOf, type BrokerWorld } from './broker-world.ts';
import type { ContractRow } from './contract-row.ts';
import { BLOCK_ONE, event, nextOf, publishAll, rest, settle } from './subscriptions.ts';
import { TOPIC_EXAMPLES } from './topic-examples.ts';

export function brokerContract(world: BrokerWorld): readonly ContractRow[] {
  return Object.entries(ROWS).map(([title, check]) => ({
    title,
    run: async () => {
      await using brokers = brokersOf(world);
      await check({ open: brokers.open, world });
    },
  }));
}

interface Given {
  /** Gives a broker that nobody else publishes to, a new one each time. */
  readonly open: () => Promise<Broker>;
  readonly world: BrokerWorld;
}

const ROWS: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  'a subscription receives what matches its pattern, in the order it was published': async ({
    open,
  }) => {
    const broker = await open();
    const patterns = ['run.task.*', '**', 'run.**', '*.started', 'run.started', 'run.*.ready'];
    const subscriptions = patterns.map((pattern) => broker.subscribe(pattern));
    await publishAll(broker, 'run.started', [1]);
    await deliverAll(broker, 'run.task.ready', [2, 3]);
    await broker.close();
    const received = await Promise.all(subscriptions.map(rest));
    assert.deepEqual(received, [[2, 3], [1, 2, 3], [1, 2, 3], [1], [1], [2, 3]]);
  },

  'patterns match as the examples say': async ({ open }) => {
    const broker = await open();
    const patterns = [...new Set(TOPIC_EXAMPLES.map(([pattern]) => pattern))];
    const topics = [...new Set(TOPIC_EXAMPLES.map(([, topic]) => topic))];
    const subscriptions = patterns.map((pattern) => broker.subscribe(pattern));
    for (const topic of topics) await deliverAll(broker, topic, [topic]);
    await broker.close();
    const received = await Promise.all(subscriptions.map(rest));
    for (const [pattern, topic, matches] of TOPIC_EXAMPLES) {
      const given = received[patterns.indexOf(pattern)]?.includes(topic);
      assert.equal(given, matches, `${pattern} against ${topic}`);
    }
  },

  'a subscription receives the event as it was published, before it began to read': async ({
    open,
  }) => {
    const broker = await open();
    const subscription = broker.subscribe('a.b');
    const sent = { ...event('a.b', { rows: [1, 'é', null], deep: { ok: true } }), time: 1.5 };
    await broker.publish('a.b', sent);
    for await (const received of subscription) {
      assert.deepEqual(received, sent);
      break;
    }
  },

  'a subscription receives nothing that was published before it was made': async ({ open }) => {
    const broker = await open();
    await deliverAll(broker, 'a', [1]);
    const subscription = broker.subscribe('a');
    await deliverAll(broker, 'a', [2]);
    await broker.close();
    assert.deepEqual(await rest(subscription), [2]);
  },

  'a subscription receives all that others with the same pattern receive': async ({ open }) => {
    const broker = await open();
    const subscriptions = [1, 2, 3].map(() => broker.subscribe('a'));
    await deliverAll(broker, 'a', [1, 2]);
    await broker.close();
    for (const subscription of subscriptions) assert.deepEqual(await rest(subscription), [1, 2]);
  },

  'a subscription serves several waiting reads in the order they were made': async ({ open }) => {
    const broker = await open();
    const subscription = broker.subscribe('a');
    const reads = [nextOf(subscription), nextOf(subscription)];
    await publishAll(broker, 'a', [1, 2]);
    assert.deepEqual(await Promise.all(reads), [1, 2]);
  },

  'a subscription may publish from within its own loop': async ({ open }) => {
    const broker = await open();
    const seen: unknown[] = [];
    const subscription = broker.subscribe('countdown');
    await broker.publish('countdown', event('countdown', 3));
    for await (const { data } of subscription) {
      seen.push(data);
      if (data === 0) break;
      await broker.publish('countdown', event('countdown', Number(data) - 1));
    }
    assert.deepEqual(seen, [3, 2, 1, 0]);
  },

  'a subscription ends when its reader breaks off, throws, or lets go of it, and holds up nobody':
    async ({ open }) => {
      const broker = await open();
      const broken = broker.subscribe('a', BLOCK_ONE);
      const thrown = broker.subscribe('a', BLOCK_ONE);
      {
        using dropped = broker.subscribe('a', BLOCK_ONE);
        assert.equal(dropped.dropped, 0);
      }
      await broker.publish('a', event('a', 1));
      for await (const _ of broken) break;
      const failing = (async () => {
        for await (const _ of thrown) throw new Error('reader failed');
      })();
      await assert.rejects(failing, /reader failed/);
      await publishAll(broker, 'a', [2, 3, 4, 5]);
      assert.deepEqual(await rest(broken), []);
      assert.deepEqual(await rest(thrown), []);
    },

  'a full subscription drops the oldest and counts them': async ({ open }) => {
    const broker = await open();
    const subscription = broker.subscribe('a', { capacity: 2 });
    await deliverAll(broker, 'a', [1, 2, 3, 4, 5]);
    assert.equal(subscription.dropped, 3);
    await broker.close();
    assert.deepEqual(await rest(subscription), [4, 5]);
  },

  'a subscription holds 1,024 events unless told otherwise': async ({ open }) => {
    const broker = await open();
    const subscription = broker.subscribe('a');
    await deliverAll(broker, 'a', Array.from({ length: 1_025 }).fill(0));
    assert.equal(subscription.dropped, 1);
  },

  'a full subscription with block loses nothing, however slow its reader': async ({ open }) => {
    const broker = await open();
    const subscription = broker.subscribe('a', BLOCK_ONE);
    const publishing = publishAll(broker, 'a', [1, 2, 3, 4]);
    const seen: unknown[] = [];
    while (seen.length < 4) {
      await settle();
      seen.push(await nextOf(subscription));
    }
    await publishing;
    assert.deepEqual(seen, [1, 2, 3, 4]);
    assert.equal(subscription.dropped, 0);
  },

  'a full subscription with fail ends in an error, after what it held': async ({ open }) => {
    const broker = await open();
    const options: SubscribeOptions = { capacity: 2, overflow: 'fail' };
    const subscription = broker.subscribe('run.*', options);
    await deliverAll(broker, 'run.x', [1, 2, 3, 4]);
    assert.deepEqual([await nextOf(subscription), await nextOf(subscription)], [1, 2]);
    await assert.rejects(nextOf(subscription), {
      code: 'DP6103',
      message: /"run\.\*" holds 2 unread/,
    });
    assert.equal(await nextOf(subscription), undefined);
  },

  'a full subscription with drop_oldest or fail holds up neither publisher nor neighbours': async ({
    open,
  }) => {
    const broker = await open();
    broker.subscribe('**', { capacity: 1, overflow: 'drop_oldest' });
    broker.subscribe('**', { capacity: 1, overflow: 'fail' });
    const neighbour = broker.subscribe('**');
    const all = Array.from({ length: 100 }, (_, n) => n);
    await deliverAll(broker, 'a', all);
    await broker.close();
    assert.deepEqual(await rest(neighbour), all);
  },

  'a subscription cannot have a capacity that is no whole number from 1': async ({ open }) => {
    const broker = await open();
    for (const capacity of [0, -1, 1.5, NaN, Infinity])
      assert.throws(() => broker.subscribe('a', { capacity }), { code: 'DP6106' });
  },

  'order is kept per publisher, and nothing is lost under block, whatever the capacities and pauses':
    async ({ open, world }) => {
      for (let seed = 1; seed <= world.rounds; seed++) {
        const chance = new Chance(seed);
        const publishers = chance.between(1, 4, 'publishers');
        const broker = await open();
        const capacity = chance.between(1, 5, 'capacity');
        const subscription = broker.subscribe('**', { capacity, overflow: 'block' });
        const publishing = Array.from({ length: publishers }, async (_, publisher) => {
          for (let n = 0; n < 20; n++) {
            await broker.publish(`p.${publisher}`, event(`p.${publisher}`, n));
            if (chance.happens(0.5, `publisher ${publisher} at ${n}`)) await settle();
          }
        });
        const seen = Array.from({ length: publishers }, (): unknown[] => []);
        let left = publishers * 20;
        for await (const { topic, data } of subscription) {
          seen[Number(topic.split('.')[1])]?.push(data);
          if (--left === 0) break;
          if (chance.happens(0.5, `reader at ${left}`)) await settle();
        }
        await Promise.all(publishing);
        const complete = Array.from({ length: 20 }, (_, n) => n);
        const wanted = Array.from({ length: publishers }, () => complete);
        assert.deepEqual(seen, wanted, `with seed ${seed}`);
      }
    },

  'a great many events pass in order and none is lost': async ({ open, world }) => {
    const { events = 100_000 } = world;
    const broker = await open();
    const subscription = broker.subscribe('load', { overflow: 'block', capacity: 1_000 });
    const reading = (async () => {
      let expected = 0;
      for await (const { data } of subscription) {
        assert.equal(data, expected++);
        if (expected === events) return;
      }
      assert.fail(`the subscription ended after ${expected} events`);
    })();
    for (let n = 0; n < events; n += 500) {
      const batch = Array.from({ length: 500 }, (_, i) =>
        broker.publish('load', event('load', n + i)),
      );
      for (const accepted of batch) await accepted;
    }
    await reading;
  },

  'closing settles waiting readers and publishers, and what is held can still be read': async ({
    open,
  }) => {
    const broker = await open();
    const reader = rest(broker.subscribe('idle'));
    const held = broker.subscribe('a');
    await deliverAll(broker, 'a', [1, 2]);
    broker.subscribe('full', BLOCK_ONE);
    const publishing = publishAll(broker, 'full', [1]).then(() =>
      broker.publish('full', event('full', 2)),
    );
    await settle();
    const ended = publishing.catch((error: unknown) => error);
    await broker.close();
    // With a server it may come too late to publish the second one.
    const refusal = await ended;
    if (refusal !== undefined) assert.equal((refusal as Fault).code, 'DP6102');
    assert.deepEqual(await reader, []);
    assert.deepEqual(await rest(held), [1, 2]);
  },

  'closing may be done twice, and refuses publishers and subscribers from then on': async ({
    open,
  }) => {
    const broker = await open();
    await broker.close();
    await broker.close();
    await assert.rejects(publishAll(broker, 'a', [1]), { code: 'DP6102' });
    assert.throws(() => broker.subscribe('a'), { code: 'DP6102' });
  },

  'closing happens at the end of an `await using` block': async ({ open }) => {
    const opened = await open();
    const subscription = opened.subscribe('a');
    {
      await using broker = opened;
      assert.equal(broker, opened);
    }
    assert.deepEqual(await rest(subscription), []);
  },

  'an abort signal ends a waiting reader, a full queue, and its publishers': async ({ open }) => {
    const broker = await open();
    const stop = new AbortController();
    const reader = rest(broker.subscribe('idle', { signal: stop.signal }));
    const full = broker.subscribe('a', { ...BLOCK_ONE, signal: stop.signal });
    const publishing = publishAll(broker, 'a', [1, 2]);
    await settle();
    stop.abort();
    await publishing;
    assert.deepEqual(await reader, []);
    assert.deepEqual(await rest(full), []);
  },

  'an abort signal that has aborted before gives a subscription that is over': async ({ open }) => {
    const broker = await open();
    const subscription = broker.subscribe('a', { ...BLOCK_ONE, signal: AbortSignal.abort() });
    await publishAll(broker, 'a', [1, 2, 3]);
    assert.deepEqual(await rest(subscription), []);
  },

  'an abort signal is left without listeners once the subscriptions have ended, however they ended':
    async ({ open }) => {
      const broker = await open();
      const { signal } = new AbortController();
      for (let i = 0; i < 100; i++) broker.subscribe('a', { signal })[Symbol.dispose]();
      broker.subscribe('a', { ...BLOCK_ONE, signal })[Symbol.dispose]();
      const broken = broker.subscribe('b', { signal });
      await broker.publish('b', event('b'));
      for await (const _ of broken) break;
      broker.subscribe('c', { signal, capacity: 1, overflow: 'fail' });
      await deliverAll(broker, 'c', [1, 2]);
      const kept = broker.subscribe('d', { signal });
      assert.equal(getEventListeners(signal, 'abort').length, 1);
      await broker.close();
      assert.deepEqual(await rest(kept), []);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    },

  'a malformed topic or pattern is refused': async ({ open }) => {
    const broker = await open();
    await assert.rejects(publishAll(broker, 'a.*', [1]), { code: 'DP6101' });
    assert.throws(() => broker.subscribe('a..b'), { code: 'DP6101' });
    assert.throws(() => broker.subscribe('a..b', BLOCK_ONE), { code: 'DP6101' });
  },
};

/** Settles once each subscription has what it gets of these: a last one, made beside the others, has received them all. */
async function deliverAll(broker: Broker, topic: string, data: readonly unknown[]): Promise<void> {
  using witness = broker.subscribe(topic, { capacity: data.length });
  await publishAll(broker, topic, data);
  for (const one of data) assert.deepEqual(await nextOf(witness), one);
}
