/** The bus against a list of what was stored: two processes write, runs end, are resumed and removed in any order. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { UserEvent } from '../../src/model/event.ts';
import { Chance } from '../../src/simulation/chance.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from './folder.ts';
import { newRun, owner } from './samples.ts';

const STEPS = 150;

test.each([1, 2, 3, 4, 5, 6])('every event has its one place in history %i', (seed) => {
  using place = temporaryFolder();
  const folder = join(place.path, '.dp');
  using first = openSqliteStore({ folder });
  using second = openSqliteStore({ folder });
  const stores = [first, second];
  const chance = new Chance(seed);
  const draw = <T>(items: readonly T[], what: string): T =>
    items[chance.between(0, items.length - 1, what)]!;
  const stored: { readonly id: string; readonly run: string | undefined }[] = [];
  const removed = new Set<string>();
  /** Positions that publishing returned, and those that it had to. */
  const [given, due]: [number[], number[]] = [[], []];
  let running: { readonly run: string; readonly in: typeof first }[] = [];
  let ended: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const at = (what: string): string => `${step} ${what}`;
    const store = draw(stores, at('store'));
    const deed = draw(
      ['begin', 'append', 'append', 'append', 'publish', 'end', 'resume', 'remove'],
      at('deed'),
    );
    const held = running.length === 0 ? undefined : draw(running, at('held'));
    const old = ended.length === 0 ? undefined : draw(ended, at('old'));
    if (deed === 'begin') {
      store.begin(newRun(`run-${step}`));
      running.push({ run: `run-${step}`, in: store });
    } else if (deed === 'append' && held !== undefined) {
      const events = Array.from({ length: chance.between(1, 30, at('events')) }, (_, i) =>
        eventOf(held.run, `${step}.${i}`),
      );
      held.in.append(held.run, events);
      stored.push(...events.map(({ id }) => ({ id, run: held.run })));
    } else if (deed === 'publish') {
      const { runId: _, ...event } = eventOf('', `${step}`);
      given.push(store.bus.publish(event));
      stored.push({ id: event.id, run: undefined });
      due.push(stored.length);
    } else if (deed === 'end' && held !== undefined) {
      held.in.release(held.run);
      running = running.filter((each) => each !== held);
      ended.push(held.run);
    } else if (deed === 'resume' && old !== undefined) {
      store.acquire(old, owner(1));
      running.push({ run: old, in: store });
      ended = ended.filter((run) => run !== old);
    } else if (deed === 'remove' && old !== undefined) {
      store.remove([old]);
      removed.add(old);
      ended = ended.filter((run) => run !== old);
    }
    const reader = draw(stores, at('reader'));
    const after = chance.between(0, stored.length, at('after'));
    expect(reader.bus.last()).toBe(stored.length);
    const read = [...reader.bus.read(after)].map(({ position, event }) => ({
      position,
      id: event.id,
    }));
    expect(read).toEqual(
      stored
        .map(({ id, run }, i) => ({ position: i + 1, id, run }))
        .slice(after)
        .filter(({ run }) => run === undefined || !removed.has(run))
        .map(({ position, id }) => ({ position, id })),
    );
  }
  expect(given).toEqual(due);
});

const eventOf = (runId: string, id: string): UserEvent => ({
  v: 1,
  id,
  topic: 'data.x',
  time: 1,
  runId,
  data: null,
});
