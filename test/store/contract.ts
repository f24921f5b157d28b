/** What every run store does. An adapter proves itself by running this over a place of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Owner } from '../../src/model/event.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { fault } from './fault.ts';
import {
  digest,
  ended,
  newRun,
  owner,
  published,
  result,
  resumed,
  started,
  taskCached,
  taskFailed,
  taskSucceeded,
} from './samples.ts';

/** Where one state lives. Every store opened on it stands for a process of its own. */
export interface StorePlace extends Disposable {
  open(isAlive: (owner: Owner) => boolean): RunStore;
}

export function runStoreContract(adapter: string, newPlace: () => StorePlace): void {
  describe(`${adapter} as a run store`, () => {
    let place: StorePlace;
    let dead: Set<number>;
    let store: RunStore;
    const open = (): RunStore => place.open((holder) => !dead.has(holder.pid));

    beforeEach(() => {
      place = newPlace();
      dead = new Set();
      store = open();
    });
    afterEach(() => {
      store[Symbol.dispose]();
      place[Symbol.dispose]();
    });

    const run = (id: string, how: 'succeeded' | 'failed' | 'cancelled' = 'succeeded'): void => {
      store.begin(newRun(id));
      store.append(id, [started(id), ended(id, how)]);
      store.release(id);
    };
    const ids = (query?: Parameters<RunStore['list']>[0]): string[] =>
      store.list(query).map(({ runId }) => runId);

    describe('events', () => {
      test('come back as they were, in the order they were appended', () => {
        store.begin(newRun('a'));
        const events = [
          started('a', 9),
          taskFailed('a', 'clean'),
          taskSucceeded('a', 'x', { time: 1 }),
        ];
        store.append('a', events.slice(0, 2));
        store.append('a', events.slice(2));
        const stored = [...store.read('a')];
        expect(stored.map(({ event }) => event)).toStrictEqual(events);
        expect(stored.map(({ seq }) => seq)).toStrictEqual([1, 2, 3]);
      });

      test('that a task published are among them, with data or none', () => {
        store.begin(newRun('a'));
        const events = [published('a', { rows: [1, null] }), published('a', undefined)];
        store.append('a', events);
        expect([...store.read('a')].map(({ event }) => event)).toStrictEqual(events);
        expect(store.get('a')?.status).toBe('queued');
      });

      test('are read on from where a reader was', () => {
        store.begin(newRun('a'));
        store.append('a', [started('a'), ended('a')]);
        expect([...store.read('a', 1)].map(({ seq }) => seq)).toStrictEqual([2]);
        expect([...store.read('a', 2)]).toStrictEqual([]);
      });

      test('of a long run are all read, in order', () => {
        store.begin(newRun('a'));
        store.append(
          'a',
          Array.from({ length: 2_500 }, (_, i) => taskSucceeded('a', `t${i}`)),
        );
        const stored = [...store.read('a')];
        expect(stored.map(({ seq }) => seq)).toStrictEqual(stored.map((_, i) => i + 1));
        expect(stored).toHaveLength(2_500);
      });

      test('appended while someone reads do not disturb the reader', () => {
        store.begin(newRun('a'));
        store.append('a', [started('a')]);
        const seen: number[] = [];
        for (const { seq } of store.read('a')) {
          seen.push(seq);
          store.append('a', [taskSucceeded('a', 'x')]);
        }
        expect(seen).toStrictEqual([1]);
        expect([...store.read('a')]).toHaveLength(2);
      });

      test('are kept all or none', () => {
        store.begin(newRun('a'));
        const broken = { ...ended('a'), data: 1n } as never;
        expect(() => store.append('a', [started('a'), broken])).toThrow(TypeError);
        expect([...store.read('a')]).toStrictEqual([]);
        expect(store.get('a')?.status).toBe('queued');
        store.append('a', [started('a')]);
        expect([...store.read('a')].map(({ seq }) => seq)).toStrictEqual([1]);
      });

      test('of an unknown run are none', () => {
        expect([...store.read('nobody')]).toStrictEqual([]);
      });
    });

    describe('a summary', () => {
      test('moves on with the events', () => {
        store.begin(newRun('a'));
        expect(store.get('a')).toStrictEqual({
          runId: 'a',
          pipeline: 'flights',
          planId: digest(1),
          file: '/project/flights.yaml',
          status: 'queued',
          startedAt: 1_000,
        });
        store.append('a', [started('a', 1_100)]);
        expect(store.get('a')).toMatchObject({ status: 'running', startedAt: 1_100 });
        store.append('a', [taskFailed('a', 'x'), ended('a', 'failed', 2_222)]);
        expect(store.get('a')).toMatchObject({ status: 'failed', finishedAt: 2_222 });
      });

      test('of a resumed run says running, and has no end', () => {
        run('a', 'failed');
        store.acquire('a', owner(2));
        expect(store.get('a')).toMatchObject({ status: 'failed' });
        store.append('a', [resumed('a', owner(2))]);
        expect(store.get('a')).not.toHaveProperty('finishedAt');
        expect(store.get('a')).toMatchObject({ status: 'running' });
      });

      test.each(['queued', 'running'])('of a %s run whose process died says crashed', (status) => {
        store.begin(newRun('a', { owner: owner(7) }));
        if (status === 'running') store.append('a', [started('a')]);
        expect(store.get('a')?.status).toBe(status);
        dead.add(7);
        expect(store.get('a')?.status).toBe('crashed');
        expect(store.list()[0]?.status).toBe('crashed');
      });

      test('of a run that ended keeps its status when its process ends too', () => {
        store.begin(newRun('a', { owner: owner(7) }));
        store.append('a', [started('a'), ended('a')]);
        dead.add(7);
        expect(store.get('a')?.status).toBe('succeeded');
      });

      test('names the run that this one works for, whatever becomes of both', () => {
        store.begin(newRun('a'));
        store.begin(newRun('b', { parent: 'a' }));
        expect(store.get('a')).not.toHaveProperty('parent');
        expect(store.get('b')?.parent).toBe('a');
        store.append('b', [started('b'), ended('b')]);
        store.release('b');
        store.release('a');
        store.remove(['a']);
        expect(store.get('b')).toMatchObject({ parent: 'a', status: 'succeeded' });
        expect(store.list()[0]?.parent).toBe('a');
      });

      test('of an unknown run is not there', () => {
        expect(store.get('nobody')).toBeUndefined();
      });
    });

    describe('listing', () => {
      test('shows the newest first, by when they began and not by the clock', () => {
        store.begin(newRun('z', { startedAt: 5_000 }));
        store.begin(newRun('a', { startedAt: 4_000 }));
        expect(ids()).toStrictEqual(['a', 'z']);
      });

      test('gives as many as asked for, and goes on before the last one seen', () => {
        for (const id of ['a', 'b', 'c', 'd', 'e']) run(id);
        expect(ids({ limit: 2 })).toStrictEqual(['e', 'd']);
        expect(ids({ limit: 2, before: 'd' })).toStrictEqual(['c', 'b']);
        expect(ids({ limit: 2, before: 'b' })).toStrictEqual(['a']);
        expect(ids({ limit: 0 })).toStrictEqual([]);
      });

      test('before a run that is not there is refused', () => {
        expect(() => ids({ before: 'nobody' })).toThrow(fault('DP2007'));
      });

      test('keeps to a pipeline', () => {
        run('a');
        store.begin(newRun('b', { pipeline: 'weather' }));
        expect(ids({ pipeline: 'weather' })).toStrictEqual(['b']);
        expect(ids({ pipeline: 'none' })).toStrictEqual([]);
      });

      test('leaves out the runs that work for others when asked to', () => {
        for (const id of ['a', 'b', 'c', 'd'])
          store.begin(newRun(id, id === 'b' || id === 'd' ? { parent: 'a' } : {}));
        expect(ids({ isOwn: true })).toStrictEqual(['c', 'a']);
        expect(ids({ isOwn: true, limit: 1, before: 'c' })).toStrictEqual(['a']);
        expect(ids({ pipeline: 'flights' })).toStrictEqual(['d', 'c', 'b', 'a']);
      });

      test('keeps to a status, as it is shown', () => {
        run('good');
        run('bad', 'failed');
        run('stopped', 'cancelled');
        store.begin(newRun('new', { owner: owner(3) }));
        for (const [id, pid] of [
          ['on', 4],
          ['dead', 5],
          ['dead2', 5],
        ] as const) {
          store.begin(newRun(id, { owner: owner(pid) }));
          store.append(id, [started(id)]);
        }
        dead.add(5);
        expect(ids({ status: 'succeeded' })).toStrictEqual(['good']);
        expect(ids({ status: 'failed' })).toStrictEqual(['bad']);
        expect(ids({ status: 'cancelled' })).toStrictEqual(['stopped']);
        expect(ids({ status: 'queued' })).toStrictEqual(['new']);
        expect(ids({ status: 'running' })).toStrictEqual(['on']);
        expect(ids({ status: 'crashed' })).toStrictEqual(['dead2', 'dead']);
        expect(ids({ status: 'crashed', limit: 1, before: 'dead2' })).toStrictEqual(['dead']);
        expect(ids({ status: 'failed', pipeline: 'flights' })).toStrictEqual(['bad']);
        expect(ids({ status: 'failed', pipeline: 'weather' })).toStrictEqual([]);
      });

      test('asks once about a process that holds many runs', () => {
        for (const id of ['a', 'b', 'c']) store.begin(newRun(id, { owner: owner(9) }));
        const asked: Owner[] = [];
        using other = place.open((holder) => (asked.push(holder), true));
        other.list();
        expect(asked).toStrictEqual([owner(9)]);
      });
    });

    describe('holding', () => {
      test('a run that began is held by who began it, until it is let go', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        expect(store.holder('a')).toStrictEqual(owner(3));
        store.release('a');
        expect(store.holder('a')).toBeUndefined();
        expect(store.holder('nobody')).toBeUndefined();
      });

      test('a process that is gone holds nothing', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        dead.add(3);
        expect(store.holder('a')).toBeUndefined();
      });

      test('the same run id cannot begin twice, and the second asker hears who holds it', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        expect(() => store.begin(newRun('a', { owner: owner(4) }))).toThrow(
          fault('DP6004', /process 3/),
        );
        store.release('a');
        expect(() => store.begin(newRun('a'))).toThrow(fault('DP6004', /begun before/));
        expect(ids()).toStrictEqual(['a']);
      });

      test('a held run cannot be acquired, and the asker hears by whom', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        using other = open();
        expect(() => other.acquire('a', owner(4))).toThrow(
          fault('DP6004', /process 3 on host "here"/),
        );
      });

      test('an unknown run cannot be acquired', () => {
        expect(() => store.acquire('nobody', owner(1))).toThrow(fault('DP2007'));
      });

      test('a run whose holder died is acquired under a new epoch, and its events go on', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        store.append('a', [started('a')]);
        dead.add(3);
        using other = open();
        expect(other.acquire('a', owner(4))).toBe(2);
        other.append('a', [resumed('a', owner(4)), ended('a')]);
        expect([...store.read('a')].map(({ seq }) => seq)).toStrictEqual([1, 2, 3]);
        expect(store.get('a')?.status).toBe('succeeded');
      });

      test('who was taken for dead cannot append any more, and hears who can', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        store.append('a', [started('a')]);
        dead.add(3);
        using other = open();
        other.acquire('a', owner(4));
        expect(() => store.append('a', [ended('a')])).toThrow(fault('DP6004', /process 4/));
        expect(() => store.append('a', [ended('a')])).toThrow(fault('DP6004'));
        expect([...store.read('a')]).toHaveLength(1);
        expect(store.get('a')?.status).toBe('running');
      });

      test('a beat tells its sender whether it still holds the run', () => {
        expect(store.beat('a')).toBe(false);
        store.begin(newRun('a', { owner: owner(3) }));
        expect(store.beat('a')).toBe(true);
        dead.add(3);
        using other = open();
        other.acquire('a', owner(4));
        expect({ before: store.beat('a'), now: other.beat('a') }).toEqual({
          before: false,
          now: true,
        });
      });

      test('letting go late does not take the run from its next holder', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        dead.add(3);
        using other = open();
        other.acquire('a', owner(4));
        store.release('a');
        expect(store.holder('a')).toStrictEqual(owner(4));
      });

      test('only a run that this store holds can be appended to', () => {
        run('a');
        expect(() => store.append('a', [ended('a')])).toThrow(fault('DP6004', /nobody holds it/));
        expect(() => store.append('nobody', [started('nobody')])).toThrow(fault('DP2007'));
      });

      test('closing a store lets go of what it held', () => {
        const other = open();
        other.begin(newRun('a', { owner: owner(3) }));
        other[Symbol.dispose]();
        expect(store.acquire('a', owner(4))).toBe(2);
      });
    });

    describe('a request', () => {
      test('comes back byte for byte', () => {
        const request = Uint8Array.from({ length: 70_000 }, (_, i) => i);
        store.begin(newRun('a', { request }));
        store.begin(newRun('b', { request: new Uint8Array() }));
        expect(new Uint8Array(store.request('a') ?? [])).toStrictEqual(request);
        expect(store.request('b')).toHaveLength(0);
        expect(store.request('nobody')).toBeUndefined();
      });
    });

    describe('the last outcome of a task', () => {
      test('is the one of the newest run that has any', () => {
        store.begin(newRun('a'));
        store.begin(newRun('b'));
        store.begin(newRun('c'));
        store.append('b', [taskCached('b', 'clean', 'a')]);
        store.append('a', [taskSucceeded('a', 'clean')]);
        store.append('c', [taskFailed('c', 'clean')]);
        expect(store.lastOutcome('flights', 'clean')).toStrictEqual({
          runId: 'b',
          key: digest(3),
          output: result('a', 'clean'),
        });
      });

      test('within a run is the later one', () => {
        store.begin(newRun('a'));
        store.append('a', [taskSucceeded('a', 'x', { output: { is: 'void' } })]);
        store.append('a', [taskSucceeded('a', 'x')]);
        expect(store.lastOutcome('flights', 'x')?.output).toStrictEqual(result('a', 'x'));
      });

      test('is not that of an element, of another pipeline or of another task', () => {
        store.begin(newRun('a'));
        store.append('a', [taskSucceeded('a', 'x', { element: 0 }), taskSucceeded('a', 'y')]);
        expect(store.lastOutcome('flights', 'x')).toBeUndefined();
        expect(store.lastOutcome('weather', 'y')).toBeUndefined();
        expect(store.lastOutcome('flights', 'z')).toBeUndefined();
      });
    });

    describe('the cache', () => {
      const entry = {
        key: digest(5),
        run: 'a',
        task: 'clean',
        output: result('a', 'clean'),
        storedAt: 1_000,
        expiresAt: null,
      };

      test('gives back what it was told to remember, the latest only', () => {
        store.remember(entry);
        store.remember({ ...entry, run: 'b' });
        expect(store.cached(entry.key, 2_000)).toStrictEqual({ ...entry, run: 'b' });
        expect(store.cached(digest(6), 2_000)).toBeUndefined();
      });

      test('forgets an entry at the moment it expires', () => {
        store.remember({ ...entry, expiresAt: 3_000 });
        expect(store.cached(entry.key, 2_999)).toStrictEqual({ ...entry, expiresAt: 3_000 });
        expect(store.cached(entry.key, 3_000)).toBeUndefined();
      });

      test('keeps its entries when the run that they come from is removed', () => {
        run('a');
        store.remember(entry);
        store.remove(['a']);
        expect(store.cached(entry.key, 2_000)).toStrictEqual(entry);
      });
    });

    describe('asking to cancel', () => {
      const drain = { how: 'drain', reason: 'enough' } as const;

      test('reaches the store that holds the run, and nobody else', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        store.begin(newRun('b', { owner: owner(3) }));
        using other = open();
        expect(store.cancelAsked('a')).toBeUndefined();
        other.askToCancel('a', drain);
        expect(store.cancelAsked('a')).toEqual(drain);
        expect(store.cancelAsked('a')).toEqual(drain);
        expect(store.cancelAsked('b')).toBeUndefined();
        expect(other.cancelAsked('a')).toBeUndefined();
      });

      test('twice is asking to kill', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        using other = open();
        other.askToCancel('a', drain);
        expect(store.cancelAsked('a')?.how).toBe('drain');
        other.askToCancel('a', { how: 'drain', reason: 'more than enough' });
        expect(store.cancelAsked('a')).toEqual({ how: 'kill', reason: 'enough' });
      });

      test('holds for one holder only, not for who goes on with the run', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        using other = open();
        other.askToCancel('a', drain);
        dead.add(3);
        other.acquire('a', owner(4));
        expect(other.cancelAsked('a')).toBeUndefined();
        store.askToCancel('a', drain);
        expect(other.cancelAsked('a')).toEqual(drain);
        other.release('a');
        other.acquire('a', owner(5));
        expect(other.cancelAsked('a')).toBeUndefined();
      });

      test('for a run that is not there is refused', () => {
        expect(() => store.askToCancel('nobody', drain)).toThrow(fault('DP2007'));
      });
    });

    describe('removing', () => {
      test('takes a run with all that was known of it, and no other', () => {
        for (const id of ['a', 'b']) {
          store.begin(newRun(id));
          store.append(id, [started(id), taskSucceeded(id, 'x'), ended(id)]);
          store.release(id);
        }
        expect(store.remove(['b', 'nobody'])).toStrictEqual(['b']);
        expect(ids()).toStrictEqual(['a']);
        expect(store.get('b')).toBeUndefined();
        expect(store.request('b')).toBeUndefined();
        expect([...store.read('b')]).toStrictEqual([]);
        expect([...store.read('a')]).toHaveLength(3);
        expect(store.lastOutcome('flights', 'x')?.runId).toBe('a');
      });

      test('many long runs leaves nothing behind when the id is used again', () => {
        store.begin(newRun('a'));
        store.append(
          'a',
          Array.from({ length: 12_000 }, (_, i) => taskSucceeded('a', `t${i}`)),
        );
        store.release('a');
        store.remove(['a']);
        store.begin(newRun('a'));
        expect([...store.read('a')]).toStrictEqual([]);
        expect(store.lastOutcome('flights', 't11999')).toBeUndefined();
      });

      test('leaves a run that must not go any more, as it is at that moment', () => {
        for (const id of ['a', 'b']) {
          store.begin(newRun(id));
          store.append(id, [started(id), ended(id, id === 'a' ? 'failed' : 'succeeded')]);
          store.release(id);
        }
        const removed = store.remove(['a', 'b'], ({ status }) => status === 'succeeded');
        expect(removed).toStrictEqual(['b']);
        expect(ids()).toStrictEqual(['a']);
      });

      test('leaves a run that a living process holds', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        expect(store.remove(['a'])).toStrictEqual([]);
        expect(ids()).toStrictEqual(['a']);
        dead.add(3);
        store.remove(['a']);
        expect(ids()).toStrictEqual([]);
      });

      test('a run that someone believed dead makes its appends fail', () => {
        store.begin(newRun('a', { owner: owner(3) }));
        dead.add(3);
        using other = open();
        other.remove(['a']);
        expect(() => store.append('a', [started('a')])).toThrow(fault('DP2007'));
      });
    });

    test('what one process stored, every other sees at once', () => {
      using other = open();
      store.begin(newRun('a'));
      store.append('a', [started('a')]);
      expect(other.get('a')?.status).toBe('running');
      expect([...other.read('a')]).toHaveLength(1);
    });

    test('what was stored is there when the state is opened again', () => {
      run('a');
      store.flush();
      store[Symbol.dispose]();
      store = open();
      expect(ids()).toStrictEqual(['a']);
      expect([...store.read('a')]).toHaveLength(2);
    });
  });
}
