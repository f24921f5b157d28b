import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportRun } from '../../src/app/archive/export.ts';
import { importRun } from '../../src/app/archive/import.ts';
import { collectCache, collectGarbage, type Reclaimed } from '../../src/app/maintenance/gc.ts';
import { type Housekeeping, openHousekeeping } from '../../src/app/project/housekeeping.ts';
import { thisProcess } from '../../src/store/process-identity.ts';
import {
  ended,
  newRun,
  resumed,
  started,
  taskCached,
  taskRan,
  remember,
  requestWith,
} from '../store/samples.ts';
import { Home } from './home.ts';
import { actingBefore } from './moving-world.ts';

const NOW = 10_000_000;

let home: Home;
beforeEach(() => (home = new Home()));
afterEach(() => home[Symbol.dispose]());

const gc = (keepRuns: number, dryRun = false, open = home.open): Promise<Reclaimed> =>
  collectGarbage(open, { keepMs: null, keepRuns, now: NOW, dryRun });
const gcWith = (moved: Partial<Housekeeping>): Promise<Reclaimed> =>
  gc(0, false, { ...home.open, ...moved });
const gcAfter = (act: () => void): Promise<Reclaimed> =>
  gcWith({ store: actingBefore(home.open.store, 'remove', act) });
const failed = async (id: string, request: object): Promise<void> => {
  await home.run(id, ['a'], { how: 'failed', request });
};
const listed = (): string[] => home.open.store.list().map(({ runId }) => runId);
const folders = (): string[] => readdirSync(home.path('runs')).toSorted();

test('a run that goes takes its record, its results and its logs along', async () => {
  await home.run('old', ['a', 'b']);
  mkdirSync(home.path('runs/old/logs'));
  writeFileSync(home.path('runs/old/logs/a.1.log'), 'said');
  await home.run('new', ['a']);
  const { runs, results, bytes } = await gc(1);
  expect({ runs, results }).toStrictEqual({ runs: ['old'], results: 2 });
  expect(bytes).toBeGreaterThan(100);
  expect(listed()).toStrictEqual(['new']);
  expect(folders()).toStrictEqual(['new']);
  expect(readdirSync(home.path('removed'))).toStrictEqual([]);
});

test('a dry run says the same and touches nothing', async () => {
  const [kept] = await home.run('old', ['a', 'b']);
  home.remember('k', kept!);
  await home.run('new', ['a']);
  const { results, bytes } = await gc(1, true);
  expect(folders()).toStrictEqual(['new', 'old']);
  expect(listed()).toStrictEqual(['new', 'old']);
  expect(await gc(1)).toMatchObject({ runs: ['old'], results, bytes });
  expect(results).toBe(1);
});

test('a result that a kept run took from the cache stays, and the rest of its run goes', async () => {
  const [needed] = await home.run('old', ['a', 'b']);
  await home.run('new', [], {
    more: [taskCached('new', 'a', 'old')].map((event) => ({
      ...event,
      data: { output: needed, fromRun: 'old', key: null },
    })) as never,
  });
  expect(await gc(1)).toMatchObject({ runs: ['old'], results: 1 });
  expect(listed()).toStrictEqual(['new']);
  expect(readdirSync(home.path('runs/old/results'))).toStrictEqual(['a']);
  expect(await home.open.io.has(needed!)).toBe(true);
  // Once nobody needs it any more, the next gc takes it.
  expect(await gc(0)).toMatchObject({ runs: ['new'], results: 1 });
  expect(folders()).toStrictEqual([]);
});

test('elements of a list are needed one by one', async () => {
  const items = [await home.result('old', 'each', 'e0'), await home.result('older', 'each', 'e1')];
  await home.run('new', [], {
    more: taskRan('new', 'each', { output: { is: 'list', items } }),
  });
  await gc(1);
  expect(await home.open.io.has({ is: 'list', items })).toBe(true);
});

test('a cache entry keeps its result until it is spent', async () => {
  const [lasting, expired] = await home.run('old', ['a', 'b']);
  home.remember('k1', lasting!);
  home.remember('k2', expired!, NOW - 60_000);
  expect(await gc(0)).toMatchObject({ runs: ['old'], cacheEntries: 1, results: 1 });
  expect(home.open.store.cached('k1', NOW)[0]?.output).toStrictEqual(lasting);
  expect(await home.open.io.has(lasting!)).toBe(true);
  expect(await home.open.io.has(expired!)).toBe(false);
});

test('expired entries alone: runs on record keep their results', async () => {
  const [output] = await home.run('a', ['x']);
  home.remember('k', output!, 1);
  home.remember('of a run that is gone', await home.result('gone', 'x'), 1);
  expect(await collectCache(home.open, NOW)).toMatchObject({
    runs: [],
    cacheEntries: 2,
    results: 1,
  });
  expect(await home.open.io.has(output!)).toBe(true);
  expect(folders()).toStrictEqual(['a']);
});

test('a run that is queued or running stays, however old', async () => {
  home.open.store.begin(newRun('queued', { owner: thisProcess(), request: requestWith({}) }));
  home.open.store.begin(newRun('running', { owner: thisProcess(), request: requestWith({}) }));
  home.open.store.append('running', [started('running')]);
  await home.result('running', 'a');
  expect(await gc(0)).toMatchObject({ runs: [], results: 0 });
  expect(folders()).toStrictEqual(['running']);
});

test('a run of which an --only run may still be resumed stays whole', async () => {
  await home.run('feeder', ['a']);
  await home.run('other', ['a']);
  home.open.store.begin(newRun('crashed', { request: requestWith({ givenBy: ['feeder'] }) }));
  home.open.store.append('crashed', [started('crashed')]);
  home.open.store.release('crashed');
  expect(await gc(1)).toMatchObject({ runs: ['other'] });
  expect(listed()).toStrictEqual(['crashed', 'feeder']);
});

test('a run whose cached results a running run uses stays until that run has ended', async () => {
  await home.run('feeder', ['a']);
  const request = requestWith({ takesFrom: ['feeder'] });
  home.open.store.begin(newRun('b', { owner: thisProcess(), request }));
  home.open.store.append('b', [started('b')]);
  expect(await gc(1)).toMatchObject({ runs: [] });
  home.open.store.append('b', [ended('b', 'failed')]);
  home.open.store.release('b');
  expect(await gc(1)).toMatchObject({ runs: ['feeder'] });
});

test('what a writer left staged goes, unless a living process holds the run', async () => {
  await home.run('done', ['a']);
  home.open.store.begin(newRun('held', { owner: thisProcess(), request: requestWith({}) }));
  await home.result('held', 'a');
  for (const run of ['done', 'held'])
    writeFileSync(home.path(`runs/${run}/results/a/.77-0-1.tmp`), 'half');
  expect(await gc(9, true)).toMatchObject({ staged: 1 });
  expect(await gc(9)).toMatchObject({ runs: [], staged: 1 });
  expect(existsSync(home.path('runs/done/results/a/.77-0-1.tmp'))).toBe(false);
  expect(existsSync(home.path('runs/held/results/a/.77-0-1.tmp'))).toBe(true);
});

test('folders of runs that left the record in a gc that was killed are swept by the next', async () => {
  await home.run('old', ['a']);
  await home.run('new', ['a']);
  home.open.store.remove(['old']);
  mkdirSync(home.path('removed/older'), { recursive: true });
  writeFileSync(home.path('removed/older/x'), 'half deleted');
  expect(await gc(9)).toMatchObject({ runs: [], results: 1 });
  expect(folders()).toStrictEqual(['new']);
  expect(readdirSync(home.path('removed'))).toStrictEqual([]);
});

test('a state folder that is not there is clean, and not made', async () => {
  using none = openHousekeeping(home.path('none'), 'write');
  const { runs } = await collectGarbage(none, { keepMs: 0, keepRuns: 0, now: NOW, dryRun: false });
  expect(runs).toStrictEqual([]);
  expect(existsSync(home.path('none'))).toBe(false);
});

describe('when the world moves while gc is at work', () => {
  let other: Housekeeping;
  beforeEach(() => (other = openHousekeeping(home.folder, 'write')));
  afterEach(() => other[Symbol.dispose]());

  test('a run that was resumed and has ended again stays, and so do those it took from', async () => {
    await home.run('feeder', ['a']);
    await failed('again', { givenBy: ['feeder'] });
    const { runs } = await gcAfter(() => {
      other.store.acquire('again', thisProcess());
      other.store.append('again', [resumed('again', thisProcess()), ended('again', 'failed', 9)]);
      other.store.release('again');
    });
    expect(runs).toStrictEqual([]);
    expect(folders()).toStrictEqual(['again', 'feeder']);
  });

  test('a run that was taken up a moment ago keeps those that it takes from', async () => {
    await home.run('feeder', ['a']);
    await failed('again', { takesFrom: ['feeder'] });
    const { runs } = await gcAfter(() => other.store.acquire('again', thisProcess()));
    expect(runs).toStrictEqual([]);
    expect(folders()).toStrictEqual(['again', 'feeder']);
  });

  test('a run that has begun since keeps those that it takes from, and those keep theirs', async () => {
    for (const id of ['first', 'unneeded']) await home.run(id, ['a']);
    await failed('second', { givenBy: ['first'] });
    const { runs } = await gcAfter(() => {
      const request = requestWith({ takesFrom: ['second'] });
      other.store.begin(newRun('new', { owner: thisProcess(), request }));
    });
    expect(runs).toStrictEqual(['unneeded']);
    expect(listed()).toStrictEqual(['new', 'second', 'first']);
  });

  test('a cache entry that was made anew since stays, with its result', async () => {
    const [before, after] = await home.run('a', ['x', 'y']);
    home.remember('k', before!, 1);
    const maintenance = actingBefore(home.open.maintenance, 'forget', () => {
      const entry = { key: 'k', run: 'a', task: 'y', output: after!, expiresAt: null };
      remember(other.store, { ...entry, storedAt: NOW });
    });
    await gcWith({ maintenance });
    expect(home.open.store.cached('k', NOW)[0]?.output).toStrictEqual(after);
    expect(await home.open.io.has(after!)).toBe(true);
    expect(await home.open.io.has(before!)).toBe(false);
  });

  test('results of a run that has come on record since stay', async () => {
    const output = await home.result('late', 'a');
    const stored = actingBefore(home.open.stored, 'remove', () =>
      other.store.begin(newRun('late', { owner: thisProcess() })),
    );
    await gcWith({ stored });
    expect(await home.open.io.has(output)).toBe(true);
  });

  test('results that an import has come to need since stay, and the rest of their run goes', async () => {
    using there = new Home();
    const [foreign] = await there.run('old', ['x', 'unneeded']);
    await there.run('a', [], { more: taskRan('a', 'x', { output: foreign! }) });
    const file = there.path('archive');
    await exportRun(there.open, 'a', file);
    for (const task of ['x', 'unneeded']) await home.result('old', task);
    const stored = actingBefore(home.open.stored, 'remove', async () => {
      await importRun(other, file, 9_000);
    });
    await gcWith({ stored });
    expect(listed()).toStrictEqual(['a']);
    expect(await home.open.io.has(foreign!)).toBe(true);
    expect(readdirSync(home.path('runs/old/results'))).toStrictEqual(['x']);
  });

  test('files that a process began to write since stay', async () => {
    await failed('again', {});
    const file = home.path('runs/again/results/a/.77-0-1.tmp');
    writeFileSync(file, 'half');
    const stored = actingBefore(home.open.stored, 'removeUnfinished', () => {
      other.store.acquire('again', thisProcess());
    });
    const { staged } = await gc(9, false, { ...home.open, stored });
    expect(staged).toBe(0);
    expect(existsSync(file)).toBe(true);
  });
});
