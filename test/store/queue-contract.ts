/** What the queue of every run store does. An adapter proves itself with its store. */
import { describe, expect, test } from 'vitest';
import type { Lane, QueuedRun } from '../../src/model/queued-run.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { fault } from './fault.ts';
import { ended, newRun, owner, requestWith, started } from './samples.ts';
import { type StorePlace, storeOfEachTest } from './store-of-each-test.ts';

export function runQueueContract(adapter: string, newPlace: () => StorePlace): void {
  describe(`${adapter}: the queue of runs`, () => {
    const at = storeOfEachTest(newPlace);
    const RUNNER = owner(1);
    const taken = (store: RunStore, most = 10, by = RUNNER): string[] =>
      store.queue.take(by, most).map(({ run }) => run.runId);

    test('gives a run as it was put', () => {
      const whole: QueuedRun = {
        ...queuedRun('a'),
        params: { day: '2026-11-30', deep: [{ x: null }] },
        selection: { names: ['clean'], only: true },
        at: 5_000,
        startedBy: { by: 'trigger', trigger: 'flights/nightly', tick: '2026-11-30T03:00:00.000Z' },
        priority: 'backfill',
        lanes: [{ name: 'pipeline flights', most: 2 }],
      };
      expect(at.store.queue.put(whole)).toBe(true);
      at.store.queue.put(queuedRun('b'));
      expect(at.store.queue.take(RUNNER, 9)).toStrictEqual([
        { run: queuedRun('b'), losses: 0 },
        { run: whole, losses: 0 },
      ]);
    });

    test('lists a queued run, which has not begun, and keeps what it was asked to do', () => {
      at.store.queue.put(queuedRun('a'));
      const { pipeline, file, startedBy, queuedAt } = queuedRun('a');
      const summary = {
        runId: 'a',
        pipeline,
        planId: '',
        file,
        status: 'queued',
        startedBy,
        queuedAt,
        startedAt: null,
      };
      expect(at.store.get('a')).toStrictEqual(summary);
      expect(at.store.list({ status: 'queued' })).toStrictEqual([summary]);
      expect(at.store.list({ status: 'crashed' })).toStrictEqual([]);
      expect(Buffer.from(at.store.request('a') ?? '').toString()).toBe(
        '{"params":{"of":"a"},"selection":{},"tasks":[]}',
      );
      expect([...at.store.read('a')]).toStrictEqual([]);
      expect(at.store.holder('a')).toBeUndefined();
    });

    test('takes an id once, whatever became of the run', () => {
      at.store.begin(newRun('begun'));
      expect(at.store.queue.put(queuedRun('begun'))).toBe(false);
      expect(at.store.queue.put(queuedRun('a'))).toBe(true);
      expect(at.store.queue.put({ ...queuedRun('a'), params: { other: 1 } })).toBe(false);
      expect(at.store.queue.take(RUNNER, 9).map(({ run }) => run.params)).toStrictEqual([
        { of: 'a' },
      ]);
      expect(at.store.queue.put(queuedRun('a'))).toBe(false);
    });

    test('is served in order, live runs first, each run to one process', () => {
      using other = at.open();
      for (const id of ['a', 'b', 'c', 'd'])
        at.store.queue.put({ ...queuedRun(id), priority: id === 'a' ? 'backfill' : 'live' });
      expect(at.store.queue.waiting()).toBe(4);
      expect(taken(at.store, 2)).toStrictEqual(['b', 'c']);
      expect(other.queue.waiting()).toBe(2);
      expect(taken(other, 9, owner(2))).toStrictEqual(['d', 'a']);
      expect(taken(at.store)).toStrictEqual([]);
      expect(at.store.holder('d')).toStrictEqual(owner(2));
      expect(at.store.queue.waiting()).toBe(0);
      expect(at.store.get('b')?.status).toBe('queued');
    });

    test('gives a run whose process died to the next one, and counts the loss', () => {
      at.store.queue.put(queuedRun('a'));
      taken(at.store);
      using other = at.open();
      expect(taken(other, 9, owner(2))).toStrictEqual([]);
      at.dead.add(1);
      expect(at.store.get('a')?.status).toBe('queued');
      expect(other.queue.take(owner(2), 9)).toStrictEqual([{ run: queuedRun('a'), losses: 1 }]);
      expect(() => at.store.begin(newRun('a'))).toThrow(fault('DP6004'));
      expect(() => at.store.append('a', [ended('a', 'failed')])).toThrow(fault('DP6004'));
      at.dead.add(2);
      using third = at.open();
      expect(third.queue.take(owner(3), 9)[0]?.losses).toBe(2);
    });

    test('gives a run that was handed back to the next one, without a loss', () => {
      at.store.queue.put(queuedRun('a'));
      taken(at.store);
      at.store.release('a');
      expect(at.store.queue.take(owner(2), 1)).toStrictEqual([{ run: queuedRun('a'), losses: 0 }]);
    });

    test('begins a taken run once: it is the newest, and keeps when and by whom it was queued', () => {
      at.store.queue.put(queuedRun('a'));
      at.store.begin(newRun('later'));
      at.store.askToCancel('a', { how: 'drain', reason: 'no more' });
      taken(at.store);
      expect(at.store.begin(newRun('a', { startedAt: 2_000 }))).toBe(1);
      expect(at.store.list().map(({ runId }) => runId)).toStrictEqual(['a', 'later']);
      const { startedBy, queuedAt } = queuedRun('a');
      expect(at.store.get('a')).toMatchObject({ startedBy, queuedAt, startedAt: 2_000 });
      expect(at.store.request('a')).toStrictEqual(newRun('a').request);
      expect(at.store.cancelAsked('a')?.reason).toBe('no more');
      at.store.append('a', [started('a', 2_000), ended('a')]);
      expect(at.store.get('a')).toMatchObject({ status: 'succeeded', startedBy, queuedAt });
      expect([...at.store.bus.read(0)]).toHaveLength(2);
      expect(() => at.store.begin(newRun('a'))).toThrow(fault('DP6004'));
    });

    test('does not begin a run that this store has not taken', () => {
      at.store.queue.put(queuedRun('a'));
      expect(() => at.store.begin(newRun('a'))).toThrow(/queued, and a runner begins it/u);
      using other = at.open();
      taken(other, 1, owner(2));
      expect(() => at.store.begin(newRun('a'))).toThrow(/held by process 2/u);
    });

    test('calls a run crashed only when its process died after it began', () => {
      at.store.queue.put(queuedRun('a'));
      taken(at.store);
      at.store.begin(newRun('a'));
      at.dead.add(1);
      expect(at.store.get('a')?.status).toBe('crashed');
      using other = at.open();
      expect(taken(other, 9, owner(2))).toStrictEqual([]);
      expect(other.acquire('a', owner(2))).toBe(2);
    });

    test('forgets a run that ended before it began', () => {
      at.store.queue.put(queuedRun('a'));
      at.store.queue.put(queuedRun('b'));
      at.store.acquire('a', RUNNER);
      at.store.append('a', [ended('a', 'cancelled', 3_000, {})]);
      at.store.release('a');
      expect(at.store.get('a')).toMatchObject({
        status: 'cancelled',
        startedAt: null,
        finishedAt: 3_000,
      });
      expect(taken(at.store)).toStrictEqual(['b']);
      expect(at.store.remove(['a', 'b'])).toStrictEqual(['a']);
      at.store.release('b');
      expect(at.store.remove(['b'])).toStrictEqual(['b']);
      expect(taken(at.store)).toStrictEqual([]);
    });

    test('lets a run wait until each of its lanes has room, and others pass', () => {
      const put = (runId: string, ...lanes: Lane[]): boolean =>
        at.store.queue.put({ ...queuedRun(runId), lanes });
      put('a', lane('t', 1), lane('all', 3));
      put('b', lane('t', 1), lane('all', 3));
      put('c', lane('all', 3));
      put('d', lane('all', 3));
      expect(taken(at.store)).toStrictEqual(['a', 'c', 'd']);
      for (const id of ['a', 'c', 'd']) at.store.begin(newRun(id, { owner: RUNNER }));
      using other = at.open();
      expect(taken(other, 9, owner(2))).toStrictEqual([]);
      at.store.append('c', [ended('c')]);
      expect(taken(other, 9, owner(2))).toStrictEqual([]);
      at.store.append('a', [started('a')]);
      at.dead.add(1);
      expect(taken(other, 9, owner(2))).toStrictEqual([]);
      at.dead.delete(1);
      at.store.append('a', [ended('a', 'failed')]);
      expect(taken(other, 9, owner(2))).toStrictEqual(['b']);
    });

    test('gives no more runs than may go on at once, over all processes', () => {
      for (const id of ['a', 'b', 'c', 'd']) at.store.queue.put(queuedRun(id));
      at.store.begin(newRun('by hand'));
      using other = at.open();
      expect(at.store.queue.take(RUNNER, 9, 2).map(({ run }) => run.runId)).toStrictEqual([
        'a',
        'b',
      ]);
      at.store.begin(newRun('a', { owner: RUNNER }));
      expect(other.queue.take(owner(2), 9, 2)).toStrictEqual([]);
      at.store.append('a', [ended('a')]);
      expect(other.queue.take(owner(2), 9, 2).map(({ run }) => run.runId)).toStrictEqual(['c']);
    });

    test('tells since when the first run waits that might begin', () => {
      expect(at.store.queue.oldestReady()).toBeUndefined();
      const lanes = [{ name: 't', most: 1 }];
      at.store.queue.put({ ...queuedRun('a'), queuedAt: 300, lanes });
      at.store.queue.put({ ...queuedRun('b'), queuedAt: 200, lanes });
      at.store.queue.put({ ...queuedRun('c'), queuedAt: 400 });
      expect(at.store.queue.oldestReady()).toBe(300);
      expect(taken(at.store, 1)).toStrictEqual(['a']);
      expect(at.store.queue.oldestReady()).toBe(400);
      expect(at.store.queue.oldestReady(1)).toBeUndefined();
    });

    test('does not count a lane for a process that died before it began its run', () => {
      for (const id of ['a', 'b'])
        at.store.queue.put({ ...queuedRun(id), lanes: [{ name: 't', most: 1 }] });
      expect(taken(at.store)).toStrictEqual(['a']);
      using other = at.open();
      expect(taken(other, 9, owner(2))).toStrictEqual([]);
      at.dead.add(1);
      expect(taken(other, 9, owner(2))).toStrictEqual(['a']);
    });

    test('remembers who started a run that began at once', () => {
      at.store.begin(newRun('a', { startedBy: { by: 'cli' } }));
      expect(at.store.get('a')?.startedBy).toStrictEqual({ by: 'cli' });
      at.store.begin(newRun('b', { request: requestWith({}) }));
      expect(at.store.get('b')).not.toHaveProperty('startedBy');
    });
  });
}

const queuedRun = (runId: string): QueuedRun => ({
  runId,
  pipeline: 'flights',
  file: '/project/flights.yaml',
  params: { of: runId },
  startedBy: { by: 'api' },
  queuedAt: 500,
  priority: 'live',
});

const lane = (name: string, most: number): Lane => ({ name, most });
