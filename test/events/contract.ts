/** What every broker does. An adapter proves itself by running this suite. */
import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Broker, SubscribeOptions, Subscription } from '../../src/events/broker.ts';
import { BLOCK_ONE, event, nextOf, rest, settle } from './subscriptions.ts';

/** `newBroker` gives one that nobody else publishes to, a new one each time. */
export function brokerContract(adapter: string, newBroker: () => Broker): void {
  describe(`${adapter} as a broker`, () => {
    const opened: Broker[] = [];
    const open = (): Broker => {
      const broker = newBroker();
      opened.push(broker);
      return broker;
    };
    afterEach(async () => {
      for (const broker of opened.splice(0)) await broker.close();
    });

    describe('a subscription', () => {
      test('receives what matches its pattern, in the order it was published', async () => {
        const broker = open();
        const patterns = ['run.task.*', '**', 'run.**', '*.started', 'run.started', 'run.*.ready'];
        const subscriptions = patterns.map((pattern) => broker.subscribe(pattern));
        await publishAll(broker, 'run.started', [1]);
        await deliverAll(broker, 'run.task.ready', [2, 3]);
        await broker.close();
        const received = await Promise.all(subscriptions.map(rest));
        expect(received).toEqual([[2, 3], [1, 2, 3], [1, 2, 3], [1], [1], [2, 3]]);
      });

      test('receives the event as it was published, before it began to read', async () => {
        const broker = open();
        const subscription = broker.subscribe('a.b');
        const sent = { ...event('a.b', { rows: [1, 'é', null], deep: { ok: true } }), time: 1.5 };
        await broker.publish('a.b', sent);
        for await (const received of subscription) {
          expect(received).toEqual(sent);
          break;
        }
      });

      test('receives nothing that was published before it was made', async () => {
        const broker = open();
        await deliverAll(broker, 'a', [1]);
        const subscription = broker.subscribe('a');
        await deliverAll(broker, 'a', [2]);
        await broker.close();
        expect(await rest(subscription)).toEqual([2]);
      });

      test('receives all that others with the same pattern receive', async () => {
        const broker = open();
        const subscriptions = [1, 2, 3].map(() => broker.subscribe('a'));
        await deliverAll(broker, 'a', [1, 2]);
        await broker.close();
        for (const subscription of subscriptions) expect(await rest(subscription)).toEqual([1, 2]);
      });

      test('serves several waiting reads in the order they were made', async () => {
        const broker = open();
        const subscription = broker.subscribe('a');
        const reads = [nextOf(subscription), nextOf(subscription)];
        await publishAll(broker, 'a', [1, 2]);
        expect(await Promise.all(reads)).toEqual([1, 2]);
      });

      test('may publish from within its own loop', async () => {
        const broker = open();
        const seen: unknown[] = [];
        const subscription = broker.subscribe('countdown');
        await broker.publish('countdown', event('countdown', 3));
        for await (const { data } of subscription) {
          seen.push(data);
          if (data === 0) break;
          await broker.publish('countdown', event('countdown', Number(data) - 1));
        }
        expect(seen).toEqual([3, 2, 1, 0]);
      });

      test('ends when its reader breaks off, throws, or lets go of it, and holds up nobody', async () => {
        const broker = open();
        const broken = broker.subscribe('a', BLOCK_ONE);
        const thrown = broker.subscribe('a', BLOCK_ONE);
        {
          using dropped = broker.subscribe('a', BLOCK_ONE);
          expect(dropped.dropped).toBe(0);
        }
        await broker.publish('a', event('a', 1));
        for await (const _ of broken) break;
        const failing = (async () => {
          for await (const _ of thrown) throw new Error('reader failed');
        })();
        await expect(failing).rejects.toThrow('reader failed');
        await publishAll(broker, 'a', [2, 3, 4, 5]);
        expect(await rest(broken)).toEqual([]);
        expect(await rest(thrown)).toEqual([]);
      });
    });

    describe('a full subscription', () => {
      test('drops the oldest and counts them', async () => {
        const broker = open();
        const subscription = broker.subscribe('a', { capacity: 2 });
        await deliverAll(broker, 'a', [1, 2, 3, 4, 5]);
        expect(subscription.dropped).toBe(3);
        await broker.close();
        expect(await rest(subscription)).toEqual([4, 5]);
      });

      test('holds 1,024 events unless told otherwise', async () => {
        const broker = open();
        const subscription = broker.subscribe('a');
        await deliverAll(broker, 'a', Array.from({ length: 1_025 }).fill(0));
        expect(subscription.dropped).toBe(1);
      });

      test('with block loses nothing, however slow its reader', async () => {
        const broker = open();
        const subscription = broker.subscribe('a', BLOCK_ONE);
        const publishing = publishAll(broker, 'a', [1, 2, 3, 4]);
        const seen: unknown[] = [];
        while (seen.length < 4) {
          await settle();
          seen.push(await nextOf(subscription));
        }
        await publishing;
        expect(seen).toEqual([1, 2, 3, 4]);
        expect(subscription.dropped).toBe(0);
      });

      test('with fail ends in an error, after what it held', async () => {
        const broker = open();
        const options: SubscribeOptions = { capacity: 2, overflow: 'fail' };
        const subscription = broker.subscribe('run.*', options);
        await deliverAll(broker, 'run.x', [1, 2, 3, 4]);
        expect([await nextOf(subscription), await nextOf(subscription)]).toEqual([1, 2]);
        const message = expect.stringContaining('"run.*" holds 2 unread');
        await expect(nextOf(subscription)).rejects.toMatchObject({ code: 'DP6103', message });
        expect(await nextOf(subscription)).toBeUndefined();
      });

      test.each(['drop_oldest', 'fail'] as const)(
        'with %s holds up neither publisher nor neighbours',
        async (overflow) => {
          const broker = open();
          broker.subscribe('**', { capacity: 1, overflow });
          const neighbour = broker.subscribe('**');
          const all = Array.from({ length: 100 }, (_, n) => n);
          await deliverAll(broker, 'a', all);
          await broker.close();
          expect(await rest(neighbour)).toEqual(all);
        },
      );

      test.each([0, -1, 1.5, NaN, Infinity])('cannot have the capacity %d', (capacity) => {
        const refused = expect.objectContaining({ code: 'DP6106' });
        expect(() => open().subscribe('a', { capacity })).toThrow(refused);
      });
    });

    describe('order', () => {
      test('is kept per publisher, and nothing is lost under block, whatever the capacities and pauses', async () => {
        const pauses = fc.infiniteStream(fc.boolean());
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 5 }),
            fc.integer({ min: 1, max: 4 }),
            pauses,
            async (capacity, publishers, pause) => {
              const broker = open();
              const subscription = broker.subscribe('**', { capacity, overflow: 'block' });
              const publishing = Array.from({ length: publishers }, async (_, publisher) => {
                for (let n = 0; n < 20; n++) {
                  await broker.publish(`p.${publisher}`, event(`p.${publisher}`, n));
                  if (pause.next().value) await settle();
                }
              });
              const seen = Array.from({ length: publishers }, (): unknown[] => []);
              let left = publishers * 20;
              for await (const { topic, data } of subscription) {
                seen[Number(topic.split('.')[1])]!.push(data);
                if (--left === 0) break;
                if (pause.next().value) await settle();
              }
              await Promise.all(publishing);
              const complete = Array.from({ length: 20 }, (_, n) => n);
              expect(seen).toEqual(Array.from({ length: publishers }, () => complete));
            },
          ),
          { numRuns: 30 },
        );
      });
    });

    describe('closing', () => {
      test('settles waiting readers and publishers, and what is held can still be read', async () => {
        const broker = open();
        const reader = rest(broker.subscribe('idle'));
        const held = broker.subscribe('a');
        await deliverAll(broker, 'a', [1, 2]);
        broker.subscribe('full', BLOCK_ONE);
        const publishing = publishAll(broker, 'full', [1]).then(() =>
          broker.publish('full', event('full', 2)),
        );
        await settle();
        await broker.close();
        await publishing;
        expect(await reader).toEqual([]);
        expect(await rest(held)).toEqual([1, 2]);
      });

      test('may be done twice, and refuses publishers and subscribers from then on', async () => {
        const broker = open();
        await broker.close();
        await broker.close();
        const closed = expect.objectContaining({ code: 'DP6102' });
        await expect(publishAll(broker, 'a', [1])).rejects.toThrow(closed);
        expect(() => broker.subscribe('a')).toThrow(closed);
      });

      test('happens at the end of an `await using` block', async () => {
        let subscription: Subscription;
        {
          await using broker = open();
          subscription = broker.subscribe('a');
        }
        expect(await rest(subscription)).toEqual([]);
      });
    });

    describe('an abort signal', () => {
      test('ends a waiting reader, a full queue, and its publishers', async () => {
        const broker = open();
        const stop = new AbortController();
        const reader = rest(broker.subscribe('idle', { signal: stop.signal }));
        const full = broker.subscribe('a', { ...BLOCK_ONE, signal: stop.signal });
        const publishing = publishAll(broker, 'a', [1, 2]);
        await settle();
        stop.abort();
        await publishing;
        expect(await reader).toEqual([]);
        expect(await rest(full)).toEqual([]);
      });

      test('that has aborted before gives a subscription that is over', async () => {
        const broker = open();
        const subscription = broker.subscribe('a', { ...BLOCK_ONE, signal: AbortSignal.abort() });
        await publishAll(broker, 'a', [1, 2, 3]);
        expect(await rest(subscription)).toEqual([]);
      });

      test('is left without listeners once the subscriptions have ended, however they ended', async () => {
        const broker = open();
        const { signal } = new AbortController();
        for (let i = 0; i < 100; i++) broker.subscribe('a', { signal })[Symbol.dispose]();
        const broken = broker.subscribe('b', { signal });
        await broker.publish('b', event('b'));
        for await (const _ of broken) break;
        broker.subscribe('c', { signal, capacity: 1, overflow: 'fail' });
        await deliverAll(broker, 'c', [1, 2]);
        const kept = broker.subscribe('d', { signal });
        expect(getEventListeners(signal, 'abort').length).toBe(1);
        await broker.close();
        expect(await rest(kept)).toEqual([]);
        expect(getEventListeners(signal, 'abort').length).toBe(0);
      });
    });

    test('a malformed topic or pattern is refused', async () => {
      const broker = open();
      const refused = expect.objectContaining({ code: 'DP6101' });
      await expect(publishAll(broker, 'a.*', [1])).rejects.toThrow(refused);
      expect(() => broker.subscribe('a..b')).toThrow(refused);
    });
  });
}

async function publishAll(broker: Broker, topic: string, data: readonly unknown[]): Promise<void> {
  for (const one of data) await broker.publish(topic, event(topic, one));
}

/** Settles once each subscription has what it gets of these: a last one, made beside the others, has received them all. */
async function deliverAll(broker: Broker, topic: string, data: readonly unknown[]): Promise<void> {
  using witness = broker.subscribe(topic, { capacity: data.length });
  await publishAll(broker, topic, data);
  for (const one of data) expect(await nextOf(witness)).toEqual(one);
}
