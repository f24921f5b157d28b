/** Runs on record, found by a word and read: what their events say, and what only the store knows. */
import { beforeEach, describe, expect, test } from 'vitest';
import { poolUses } from '../../src/app/maintenance/pools.ts';
import { findRun, readRun } from '../../src/app/project/find-run.ts';
import { listRuns } from '../../src/app/project/list-runs.ts';
import { MemoryRunStore, MemoryState } from '../../src/store/memory.ts';
import { ended, newRun, owner, started, taskSucceeded } from '../store/samples.ts';

const DEAD = owner(7);

let store: MemoryRunStore;
let state: { readonly store: MemoryRunStore; readonly folder: string };
beforeEach(() => {
  store = new MemoryRunStore(new MemoryState(), ({ pid }) => pid !== DEAD.pid);
  state = { store, folder: '/project/.dp' };
  store.begin(newRun('0aa1'));
  store.append('0aa1', [started('0aa1'), taskSucceeded('0aa1', 'x'), ended('0aa1')]);
  store.begin(newRun('0ab2', { startedAt: 2_000, parent: '0aa1' }));
});

describe('a run is found', () => {
  test('by its id, and by a beginning that only it has', () => {
    expect(findRun(state, '0aa1')).toBe('0aa1');
    expect(findRun(state, '0aa')).toBe('0aa1');
  });

  test('as the last, runs that work for others not counted', () => {
    expect(findRun(state, 'last')).toBe('0aa1');
  });

  test('never by a beginning that several have, or none', () => {
    expect(() => findRun(state, '0a')).toThrow('"0a" is the beginning of 2 runs');
    expect(() => findRun(state, '0z')).toThrow('there is no run "0z" in /project/.dp');
  });
});

describe('a run is read', () => {
  test('is what its events say, and each of them is read once', () => {
    const heard: string[] = [];
    const run = readRun(state, '0aa1', ({ topic }) => heard.push(topic));
    expect(run).toMatchObject({ status: 'succeeded', finishedAt: 2_000 });
    expect(run.tasks.get('x')).toMatchObject({ status: 'succeeded' });
    expect(heard).toEqual(['run.started', 'run.task.succeeded', 'run.succeeded']);
  });

  test('as crashed when its process is gone', () => {
    store.begin(newRun('0ac3', { owner: DEAD }));
    store.append('0ac3', [started('0ac3')]);
    expect(readRun(state, '0ac3').status).toBe('crashed');
  });

  test('by its summary when it died before its first event', () => {
    store.begin(newRun('0ac3', { owner: DEAD, startedAt: 3_000 }));
    expect(readRun(state, '0ac3')).toMatchObject({
      status: 'crashed',
      pipeline: 'flights',
      file: '/project/flights.yaml',
      startedAt: 3_000,
    });
  });

  test('or refused when it is not there', () => {
    expect(() => readRun(state, '0zz9')).toThrow('there is no run "0zz9"');
  });
});

const ids = (filter: object): string[] =>
  listRuns(state, { limit: 10, ...filter }).runs.map(({ runId }) => runId);

test('runs are listed by filters as a person writes them', () => {
  expect(ids({})).toEqual(['0ab2', '0aa1']);
  expect(ids({ status: 'succeeded' })).toEqual(['0aa1']);
  expect(ids({ before: '0ab' })).toEqual(['0aa1']);
  expect(() => ids({ status: 'done' })).toThrow('there is no status "done"');
});

test('a pool is listed with who holds its slots and who waits for one', () => {
  store.slots.take({ pool: 'db', run: '0aa1', unit: 'x' }, 1, 1_000);
  store.slots.take({ pool: 'db', run: '0ab2', unit: 'y' }, 1, 1_000);
  expect(poolUses(state)).toEqual([
    {
      pool: 'db',
      held: [{ runId: '0aa1', pipeline: 'flights', unit: 'x' }],
      waiting: [{ runId: '0ab2', pipeline: 'flights' }],
    },
  ]);
});
