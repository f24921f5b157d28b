/** What a state remembers of the exchange of events with a broker. */
import { expect, test } from 'vitest';
import { join } from 'node:path';
import type { Event } from '../../src/model/event.ts';
import type { BrokerLinks } from '../../src/store/broker-links.ts';
import { openMaintenance } from '../../src/store/sqlite-maintenance.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { temporaryFolder } from './folder.ts';
import { newRun, owner, started } from './samples.ts';

const BROKER = 'redis://here';
const event = (id: string, more: Partial<Event> = {}): Event => ({
  v: 1,
  id,
  topic: 'data.arrived',
  time: 5,
  data: { id },
  ...more,
});

function withStore(
  use: (store: RunStore, links: BrokerLinks, folder: string, dead: Set<number>) => void,
): void {
  using place = temporaryFolder();
  const folder = join(place.path, '.dp');
  const dead = new Set<number>();
  using store = openSqliteStore({ folder, isAlive: ({ pid }) => !dead.has(pid) });
  const { links } = store;
  if (links === undefined) throw new Error('the store remembers no brokers');
  use(store, links, folder, dead);
}

test('what is stored from the first entry on is to be sent, whenever somebody takes the exchange', () => {
  withStore((store, links) => {
    store.bus.publish(event('before'));
    links.enter(BROKER);
    store.bus.publish(event('after'));
    links.enter(BROKER);
    expect(links.take(BROKER, owner(1))).toEqual({
      broker: BROKER,
      epoch: 1,
      sent: 1,
      received: undefined,
    });
    expect(links.take('redis://elsewhere', owner(1))).toBeUndefined();
  });
});

test('one living process has the exchange; whoever takes it over fences it off', () => {
  withStore((_, links, _folder, dead) => {
    links.enter(BROKER);
    const first = links.take(BROKER, owner(1))!;
    expect(links.take(BROKER, owner(2))).toBeUndefined();
    expect(links.take(BROKER, owner(1))).toBeUndefined();
    expect(links.take(BROKER, owner(1), first)).toEqual(first);
    expect(links.sent(first, 7)).toBe(true);
    dead.add(1);
    const second = links.take(BROKER, owner(2))!;
    expect(second).toMatchObject({ epoch: 2, sent: 7 });
    expect(links.take(BROKER, owner(1), first)).toBeUndefined();
    expect(links.sent(first, 9)).toBe(false);
    expect(links.received(first, '1-0', event('late'))).toBe(false);
    links.leave(first);
    expect(links.take(BROKER, owner(3))).toBeUndefined();
    links.leave(second);
    expect(links.take(BROKER, owner(3))).toMatchObject({ epoch: 3, sent: 7, received: undefined });
  });
});

test('an event enters the bus once, with what it says of a run elsewhere, and the place with it', () => {
  withStore((store, links) => {
    store.begin(newRun('own'));
    store.append('own', [started('own')]);
    store.bus.publish(event('published'));
    links.enter(BROKER);
    const link = links.take(BROKER, owner(1))!;
    const foreign = event('foreign', { runId: 'elsewhere', task: 'load', attempt: 2 });
    const own = event('sent', { runId: 'own' });
    for (const [place, given] of [
      ['1-0', foreign],
      ['2-0', foreign],
      ['3-0', event('published')],
      ['4-0', own],
      ['5-0', undefined],
    ] as const)
      expect(links.received(link, place, given)).toBe(true);
    expect([...store.bus.read(1)]).toEqual([
      { position: 2, event: event('published') },
      { position: 3, event: foreign, isReceived: true },
    ]);
    expect(links.take(BROKER, owner(1), link)).toMatchObject({ received: '5-0' });
  });
});

test('received events are removed by age like published ones', () => {
  withStore((store, links, folder) => {
    links.enter(BROKER);
    const link = links.take(BROKER, owner(1))!;
    links.received(link, '1-0', event('old'));
    links.received(link, '2-0', event('young', { time: 50 }));
    using maintenance = openMaintenance({ folder, readOnly: false });
    expect(maintenance.forgetPublished(10)).toBe(1);
    expect([...store.bus.read(0)]).toMatchObject([{ position: 2, isReceived: true }]);
  });
});
