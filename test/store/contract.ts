/** What every run store does. An adapter proves itself by running this over a place of its own. */
import { describe, expect, test } from 'vitest';
import type { Owner } from '../../src/model/event.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { fault } from './fault.ts';
import {
  digest,
  ended,
  newRun,
  owner,
  published,
  remember,
  result,
  resumed,
  started,
  taskCached,
  taskFailed,
  taskSucceeded,
} from './samples.ts';
import { type StoreOfTest, type StorePlace, storeOfEachTest } from './store-of-each-test.ts';

export function runStoreContract(adapter: string, newPlace: () => StorePlace): void {
  describe(`${adapter} as a run store`, () => {
    const at = storeOfEachTest(newPlace);
    appending(at);
    summaries(at);
    listing(at);
    holding(at);
    requests(at);
    lastOutcomes(at);
    cache(at);
    cancelling(at);
    removing(at);
    bus(at);
    states(at);
  });
}

function appending(at: StoreOfTest): void {
  describe('events', () => {
    test('come back as they were, in the order they were appended', () => {
      at.store.begin(newRun('a'));
      const events = [
        started('a', 9),
        taskFailed('a', 'clean'),
        taskSucceeded('a', 'x', { time: 1 }),
      ];
      at.store.append('a', events.slice(0, 2));
      at.store.append('a', events.slice(2));
      const stored = [...at.store.read('a')];
      expect(stored.map(({ event }) => event)).toStrictEqual(events);
      expect(stored.map(({ seq }) => seq)).toStrictEqual([1, 2, 3]);
    });

    test('that a task published are among them, with data or none', () => {
      at.store.begin(newRun('a'));
      const events = [published('a', { rows: [1, null] }), published('a', undefined)];
      at.store.append('a', events);
      expect([...at.store.read('a')].map(({ event }) => event)).toStrictEqual(events);
      expect(at.store.get('a')?.status).toBe('queued');
    });

    test('are read on from where a reader was', () => {
      at.store.begin(newRun('a'));
      at.store.append('a', [started('a'), ended('a')]);
      expect([...at.store.read('a', 1)].map(({ seq }) => seq)).toStrictEqual([2]);
      expect([...at.store.read('a', 2)]).toStrictEqual([]);
    });

    test('of a long run are all read, in order', () => {
      at.store.begin(newRun('a'));
      at.store.append(
        'a',
        Array.from({ length: 2_500 }, (_, i) => taskSucceeded('a', `t${i}`)),
      );
      const stored = [...at.store.read('a')];
      expect(stored.map(({ seq }) => seq)).toStrictEqual(stored.map((_, i) => i + 1));
      expect(stored).toHaveLength(2_500);
    });

    test('appended while someone reads do not disturb the reader', () => {
      at.store.begin(newRun('a'));
      at.store.append('a', [started('a')]);
      const seen: number[] = [];
      for (const { seq } of at.store.read('a')) {
        seen.push(seq);
        at.store.append('a', [taskSucceeded('a', 'x')]);
      }
      expect(seen).toStrictEqual([1]);
      expect([...at.store.read('a')]).toHaveLength(2);
    });

    test('are kept all or none', () => {
      at.store.begin(newRun('a'));
      const broken = { ...ended('a'), data: 1n } as never;
      expect(() => at.store.append('a', [started('a'), broken])).toThrow(TypeError);
      expect([...at.store.read('a')]).toStrictEqual([]);
      expect(at.store.get('a')?.status).toBe('queued');
      at.store.append('a', [started('a')]);
      expect([...at.store.read('a')].map(({ seq }) => seq)).toStrictEqual([1]);
    });

    test('of an unknown run are none', () => {
      expect([...at.store.read('nobody')]).toStrictEqual([]);
    });
  });
}

const ofNoRun = (id: string, data?: unknown) =>
  ({ v: 1, id, topic: 'data.arrived', time: 1_700, data }) as const;

function bus(at: StoreOfTest): void {
  const seen = (after: number): unknown[] =>
    [...at.store.bus.read(after)].map(({ position, event: { id } }) => [position, id]);

  describe('the bus', () => {
    test('has the events of all runs and those of none in the order in which they were stored', () => {
      expect(at.store.bus.last()).toBe(0);
      at.store.begin(newRun('a'));
      at.store.begin(newRun('b'));
      const [a1, a2, a3] = [started('a'), published('a', 1), ended('a')] as const;
      const [b1, b2] = [started('b'), published('b', 2)] as const;
      at.store.append('a', [a1]);
      at.store.append('b', [b1, b2]);
      expect(at.store.bus.publish(ofNoRun('p', { rows: [1, null] }))).toBe(4);
      at.store.append('a', [a2, a3]);
      expect(at.store.bus.publish(ofNoRun('q'))).toBe(7);
      const stored = [...at.store.bus.read(0)];
      expect(stored.map(({ event: { id } }) => id)).toStrictEqual([
        a1.id,
        b1.id,
        b2.id,
        'p',
        a2.id,
        a3.id,
        'q',
      ]);
      expect(stored.map(({ position }) => position)).toStrictEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(stored[2]?.event).toStrictEqual(b2);
      expect(stored[3]?.event).toStrictEqual(ofNoRun('p', { rows: [1, null] }));
      expect(stored[6]?.event).toStrictEqual(ofNoRun('q'));
      expect(at.store.bus.last()).toBe(7);
    });

    test('is read on from any event, also from within a batch', () => {
      at.store.begin(newRun('a'));
      const batch = [published('a', 1), published('a', 2), published('a', 3)];
      at.store.append('a', batch);
      at.store.bus.publish(ofNoRun('p'));
      const all = seen(0);
      expect(all).toHaveLength(4);
      for (const after of [1, 2, 3, 4, 5]) expect(seen(after)).toStrictEqual(all.slice(after));
    });

    test('gives every event of a long history', () => {
      at.store.begin(newRun('a'));
      for (let i = 0; i < 600; i++) {
        at.store.append('a', [published('a', i), published('a', -i)]);
        at.store.bus.publish(ofNoRun(`p${i}`));
      }
      const positions = [...at.store.bus.read(0)].map(({ position }) => position);
      expect(positions).toStrictEqual(Array.from({ length: 1_800 }, (_, i) => i + 1));
    });

    test('leaves out events of removed runs, and gives no position twice', () => {
      at.store.begin(newRun('a'));
      at.store.append('a', [started('a'), ended('a')]);
      at.store.bus.publish(ofNoRun('p'));
      at.store.begin(newRun('b'));
      at.store.append('b', [started('b'), ended('b')]);
      at.store.release('a');
      at.store.release('b');
      at.store.remove(['a', 'b']);
      expect(seen(0)).toStrictEqual([[3, 'p']]);
      expect(at.store.bus.publish(ofNoRun('q'))).toBe(6);
      at.store.remove([]);
      expect(seen(0)).toStrictEqual([
        [3, 'p'],
        [6, 'q'],
      ]);
    });
  });
}

function summaries(at: StoreOfTest): void {
  describe('a summary', () => {
    test('moves on with the events', () => {
      at.store.begin(newRun('a'));
      expect(at.store.get('a')).toStrictEqual({
        runId: 'a',
        pipeline: 'flights',
        planId: digest(1),
        file: '/project/flights.yaml',
        status: 'queued',
        startedAt: 1_000,
      });
      at.store.append('a', [started('a', 1_100)]);
      expect(at.store.get('a')).toMatchObject({ status: 'running', startedAt: 1_100 });
      at.store.append('a', [taskFailed('a', 'x'), ended('a', 'failed', 2_222)]);
      expect(at.store.get('a')).toMatchObject({ status: 'failed', finishedAt: 2_222 });
    });

    test('of a resumed run says running, and has no end', () => {
      run(at.store, 'a', 'failed');
      at.store.acquire('a', owner(2));
      expect(at.store.get('a')).toMatchObject({ status: 'failed' });
      at.store.append('a', [resumed('a', owner(2))]);
      expect(at.store.get('a')).not.toHaveProperty('finishedAt');
      expect(at.store.get('a')).toMatchObject({ status: 'running' });
    });

    test.each(['queued', 'running'])('of a %s run whose process died says crashed', (status) => {
      at.store.begin(newRun('a', { owner: owner(7) }));
      if (status === 'running') at.store.append('a', [started('a')]);
      expect(at.store.get('a')?.status).toBe(status);
      at.dead.add(7);
      expect(at.store.get('a')?.status).toBe('crashed');
      expect(at.store.list()[0]?.status).toBe('crashed');
    });

    test('of a run that ended keeps its status when its process ends too', () => {
      at.store.begin(newRun('a', { owner: owner(7) }));
      at.store.append('a', [started('a'), ended('a')]);
      at.dead.add(7);
      expect(at.store.get('a')?.status).toBe('succeeded');
    });

    test('names the run that this one works for, whatever becomes of both', () => {
      at.store.begin(newRun('a'));
      at.store.begin(newRun('b', { parent: 'a' }));
      expect(at.store.get('a')).not.toHaveProperty('parent');
      expect(at.store.get('b')?.parent).toBe('a');
      at.store.append('b', [started('b'), ended('b')]);
      at.store.release('b');
      at.store.release('a');
      at.store.remove(['a']);
      expect(at.store.get('b')).toMatchObject({ parent: 'a', status: 'succeeded' });
      expect(at.store.list()[0]?.parent).toBe('a');
    });

    test('of an unknown run is not there', () => {
      expect(at.store.get('nobody')).toBeUndefined();
    });
  });
}

function listing(at: StoreOfTest): void {
  describe('listing', () => {
    test('shows the newest first, by when they began and not by the clock', () => {
      at.store.begin(newRun('z', { startedAt: 5_000 }));
      at.store.begin(newRun('a', { startedAt: 4_000 }));
      expect(ids(at.store)).toStrictEqual(['a', 'z']);
    });

    test('gives as many as asked for, and continues before the last one seen', () => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) run(at.store, id);
      expect(ids(at.store, { limit: 2 })).toStrictEqual(['e', 'd']);
      expect(ids(at.store, { limit: 2, before: 'd' })).toStrictEqual(['c', 'b']);
      expect(ids(at.store, { limit: 2, before: 'b' })).toStrictEqual(['a']);
      expect(ids(at.store, { limit: 0 })).toStrictEqual([]);
    });

    test('before a run that is not there is refused', () => {
      expect(() => ids(at.store, { before: 'nobody' })).toThrow(fault('DP2007'));
    });

    test('keeps to a pipeline', () => {
      run(at.store, 'a');
      at.store.begin(newRun('b', { pipeline: 'weather' }));
      expect(ids(at.store, { pipeline: 'weather' })).toStrictEqual(['b']);
      expect(ids(at.store, { pipeline: 'none' })).toStrictEqual([]);
    });

    test('leaves out the runs that work for others when asked to', () => {
      for (const id of ['a', 'b', 'c', 'd'])
        at.store.begin(newRun(id, id === 'b' || id === 'd' ? { parent: 'a' } : {}));
      expect(ids(at.store, { isOwn: true })).toStrictEqual(['c', 'a']);
      expect(ids(at.store, { isOwn: true, limit: 1, before: 'c' })).toStrictEqual(['a']);
      expect(ids(at.store, { pipeline: 'flights' })).toStrictEqual(['d', 'c', 'b', 'a']);
    });

    test('keeps to a status, as it is shown', () => {
      run(at.store, 'good');
      run(at.store, 'bad', 'failed');
      run(at.store, 'stopped', 'cancelled');
      at.store.begin(newRun('new', { owner: owner(3) }));
      for (const [id, pid] of [
        ['on', 4],
        ['dead', 5],
        ['dead2', 5],
      ] as const) {
        at.store.begin(newRun(id, { owner: owner(pid) }));
        at.store.append(id, [started(id)]);
      }
      at.dead.add(5);
      expect(ids(at.store, { status: 'succeeded' })).toStrictEqual(['good']);
      expect(ids(at.store, { status: 'failed' })).toStrictEqual(['bad']);
      expect(ids(at.store, { status: 'cancelled' })).toStrictEqual(['stopped']);
      expect(ids(at.store, { status: 'queued' })).toStrictEqual(['new']);
      expect(ids(at.store, { status: 'running' })).toStrictEqual(['on']);
      expect(ids(at.store, { status: 'crashed' })).toStrictEqual(['dead2', 'dead']);
      expect(ids(at.store, { status: 'crashed', limit: 1, before: 'dead2' })).toStrictEqual([
        'dead',
      ]);
      expect(ids(at.store, { status: 'failed', pipeline: 'flights' })).toStrictEqual(['bad']);
      expect(ids(at.store, { status: 'failed', pipeline: 'weather' })).toStrictEqual([]);
    });

    test('asks once about a process that holds many runs', () => {
      for (const id of ['a', 'b', 'c']) at.store.begin(newRun(id, { owner: owner(9) }));
      const asked: Owner[] = [];
      using other = at.place.open((holder) => (asked.push(holder), true));
      other.list();
      expect(asked).toStrictEqual([owner(9)]);
    });
  });
}

function holding(at: StoreOfTest): void {
  describe('holding', () => {
    test('a run that began is held by who began it, until it is let go', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      expect(at.store.holder('a')).toStrictEqual(owner(3));
      at.store.release('a');
      expect(at.store.holder('a')).toBeUndefined();
      expect(at.store.holder('nobody')).toBeUndefined();
    });

    test('a process that is gone holds nothing', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      at.dead.add(3);
      expect(at.store.holder('a')).toBeUndefined();
    });

    test('the same run id cannot begin twice, and the second asker hears who holds it', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      expect(() => at.store.begin(newRun('a', { owner: owner(4) }))).toThrow(
        fault('DP6004', /process 3/),
      );
      at.store.release('a');
      expect(() => at.store.begin(newRun('a'))).toThrow(fault('DP6004', /begun before/));
      expect(ids(at.store)).toStrictEqual(['a']);
    });

    test('a held run cannot be acquired, and the asker hears by whom', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      using other = at.open();
      expect(() => other.acquire('a', owner(4))).toThrow(
        fault('DP6004', /process 3 on host "here"/),
      );
    });

    test('an unknown run cannot be acquired', () => {
      expect(() => at.store.acquire('nobody', owner(1))).toThrow(fault('DP2007'));
    });

    test('a run whose holder died is acquired under a new epoch, and its events continue', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      at.store.append('a', [started('a')]);
      at.dead.add(3);
      using other = at.open();
      expect(other.acquire('a', owner(4))).toBe(2);
      other.append('a', [resumed('a', owner(4)), ended('a')]);
      expect([...at.store.read('a')].map(({ seq }) => seq)).toStrictEqual([1, 2, 3]);
      expect(at.store.get('a')?.status).toBe('succeeded');
    });

    test('who was taken for dead cannot append any more, and hears who can', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      at.store.append('a', [started('a')]);
      at.dead.add(3);
      using other = at.open();
      other.acquire('a', owner(4));
      expect(() => at.store.append('a', [ended('a')])).toThrow(fault('DP6004', /process 4/));
      expect(() => at.store.append('a', [ended('a')])).toThrow(fault('DP6004'));
      expect([...at.store.read('a')]).toHaveLength(1);
      expect(at.store.get('a')?.status).toBe('running');
    });

    test('a beat tells its sender whether it still holds the run', () => {
      expect(at.store.beat('a')).toBe(false);
      at.store.begin(newRun('a', { owner: owner(3) }));
      expect(at.store.beat('a')).toBe(true);
      at.dead.add(3);
      using other = at.open();
      other.acquire('a', owner(4));
      expect({ before: at.store.beat('a'), now: other.beat('a') }).toEqual({
        before: false,
        now: true,
      });
    });

    test('letting go late does not take the run from its next holder', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      at.dead.add(3);
      using other = at.open();
      other.acquire('a', owner(4));
      at.store.release('a');
      expect(at.store.holder('a')).toStrictEqual(owner(4));
    });

    test('only a run that this store holds can be appended to', () => {
      run(at.store, 'a');
      expect(() => at.store.append('a', [ended('a')])).toThrow(fault('DP6004', /nobody holds it/));
      expect(() => at.store.append('nobody', [started('nobody')])).toThrow(fault('DP2007'));
    });

    test('closing a store lets go of what it held', () => {
      const other = at.open();
      other.begin(newRun('a', { owner: owner(3) }));
      other[Symbol.dispose]();
      expect(at.store.acquire('a', owner(4))).toBe(2);
    });
  });
}

function requests(at: StoreOfTest): void {
  describe('a request', () => {
    test('comes back byte for byte', () => {
      const request = Uint8Array.from({ length: 70_000 }, (_, i) => i);
      at.store.begin(newRun('a', { request }));
      at.store.begin(newRun('b', { request: new Uint8Array() }));
      expect(new Uint8Array(at.store.request('a') ?? [])).toStrictEqual(request);
      expect(at.store.request('b')).toHaveLength(0);
      expect(at.store.request('nobody')).toBeUndefined();
    });
  });
}

function lastOutcomes(at: StoreOfTest): void {
  describe('the last outcome of a task', () => {
    test('is the one of the newest run that has any', () => {
      at.store.begin(newRun('a'));
      at.store.begin(newRun('b'));
      at.store.begin(newRun('c'));
      at.store.append('b', [taskCached('b', 'clean', 'a')]);
      at.store.append('a', [taskSucceeded('a', 'clean')]);
      at.store.append('c', [taskFailed('c', 'clean')]);
      expect(at.store.lastOutcome('flights', 'clean')).toStrictEqual({
        runId: 'b',
        key: digest(3),
        output: result('a', 'clean'),
      });
    });

    test('within a run is the later one', () => {
      at.store.begin(newRun('a'));
      at.store.append('a', [taskSucceeded('a', 'x', { output: { is: 'void' } })]);
      at.store.append('a', [taskSucceeded('a', 'x')]);
      expect(at.store.lastOutcome('flights', 'x')?.output).toStrictEqual(result('a', 'x'));
    });

    test('is not that of an element, of another pipeline or of another task', () => {
      at.store.begin(newRun('a'));
      at.store.append('a', [taskSucceeded('a', 'x', { element: 0 }), taskSucceeded('a', 'y')]);
      expect(at.store.lastOutcome('flights', 'x')).toBeUndefined();
      expect(at.store.lastOutcome('weather', 'y')).toBeUndefined();
      expect(at.store.lastOutcome('flights', 'z')).toBeUndefined();
    });
  });
}

function cache(at: StoreOfTest): void {
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
      at.store.begin(newRun('a'));
      at.store.append('a', [], [entry]);
      at.store.append('a', [started('a')], [{ ...entry, run: 'b' }]);
      expect(at.store.cached(entry.key, 2_000)).toStrictEqual([{ ...entry, run: 'b' }]);
      expect(at.store.cached(digest(6), 2_000)).toStrictEqual([]);
    });

    test('forgets an entry at the moment it expires', () => {
      at.store.begin(newRun('a'));
      at.store.append('a', [], [{ ...entry, expiresAt: 3_000 }]);
      expect(at.store.cached(entry.key, 2_999)).toStrictEqual([{ ...entry, expiresAt: 3_000 }]);
      expect(at.store.cached(entry.key, 3_000)).toStrictEqual([]);
    });

    test('keeps no entry of a run that another process has taken over', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      at.dead.add(3);
      using other = at.open();
      other.acquire('a', owner(4));
      expect(() => at.store.append('a', [], [entry])).toThrow(fault('DP6004'));
      expect(at.store.cached(entry.key, 2_000)).toStrictEqual([]);
    });

    test('keeps its entries when the run that they come from is removed', () => {
      run(at.store, 'a');
      remember(at.store, entry);
      at.store.remove(['a']);
      expect(at.store.cached(entry.key, 2_000)).toStrictEqual([entry]);
    });
  });
}

function cancelling(at: StoreOfTest): void {
  describe('asking to cancel', () => {
    const drain = { how: 'drain', reason: 'enough' } as const;

    test('reaches the store that holds the run, and nobody else', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      at.store.begin(newRun('b', { owner: owner(3) }));
      using other = at.open();
      expect(at.store.cancelAsked('a')).toBeUndefined();
      other.askToCancel('a', drain);
      expect(at.store.cancelAsked('a')).toEqual(drain);
      expect(at.store.cancelAsked('a')).toEqual(drain);
      expect(at.store.cancelAsked('b')).toBeUndefined();
      expect(other.cancelAsked('a')).toBeUndefined();
    });

    test('twice is asking to kill', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      using other = at.open();
      other.askToCancel('a', drain);
      expect(at.store.cancelAsked('a')?.how).toBe('drain');
      other.askToCancel('a', { how: 'drain', reason: 'more than enough' });
      expect(at.store.cancelAsked('a')).toEqual({ how: 'kill', reason: 'enough' });
    });

    test('holds for one holder only, not for the next one', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      using other = at.open();
      other.askToCancel('a', drain);
      at.dead.add(3);
      other.acquire('a', owner(4));
      expect(other.cancelAsked('a')).toBeUndefined();
      at.store.askToCancel('a', drain);
      expect(other.cancelAsked('a')).toEqual(drain);
      other.release('a');
      other.acquire('a', owner(5));
      expect(other.cancelAsked('a')).toBeUndefined();
    });

    test('for a run that is not there is refused', () => {
      expect(() => at.store.askToCancel('nobody', drain)).toThrow(fault('DP2007'));
    });
  });
}

function removing(at: StoreOfTest): void {
  describe('removing', () => {
    test('takes a run with all that was known of it, and no other', () => {
      for (const id of ['a', 'b']) {
        at.store.begin(newRun(id));
        at.store.append(id, [started(id), taskSucceeded(id, 'x'), ended(id)]);
        at.store.release(id);
      }
      expect(at.store.remove(['b', 'nobody'])).toStrictEqual(['b']);
      expect(ids(at.store)).toStrictEqual(['a']);
      expect(at.store.get('b')).toBeUndefined();
      expect(at.store.request('b')).toBeUndefined();
      expect([...at.store.read('b')]).toStrictEqual([]);
      expect([...at.store.read('a')]).toHaveLength(3);
      expect(at.store.lastOutcome('flights', 'x')?.runId).toBe('a');
    });

    test('many long runs leaves nothing behind when the id is used again', () => {
      at.store.begin(newRun('a'));
      at.store.append(
        'a',
        Array.from({ length: 12_000 }, (_, i) => taskSucceeded('a', `t${i}`)),
      );
      at.store.release('a');
      at.store.remove(['a']);
      at.store.begin(newRun('a'));
      expect([...at.store.read('a')]).toStrictEqual([]);
      expect(at.store.lastOutcome('flights', 't11999')).toBeUndefined();
    });

    test('leaves a run that must not go any more, as it is at that moment', () => {
      for (const id of ['a', 'b']) {
        at.store.begin(newRun(id));
        at.store.append(id, [started(id), ended(id, id === 'a' ? 'failed' : 'succeeded')]);
        at.store.release(id);
      }
      const removed = at.store.remove(['a', 'b'], ({ status }) => status === 'succeeded');
      expect(removed).toStrictEqual(['b']);
      expect(ids(at.store)).toStrictEqual(['a']);
    });

    test('leaves a run that a living process holds', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      expect(at.store.remove(['a'])).toStrictEqual([]);
      expect(ids(at.store)).toStrictEqual(['a']);
      at.dead.add(3);
      at.store.remove(['a']);
      expect(ids(at.store)).toStrictEqual([]);
    });

    test('a run that someone believed dead makes its appends fail', () => {
      at.store.begin(newRun('a', { owner: owner(3) }));
      at.dead.add(3);
      using other = at.open();
      other.remove(['a']);
      expect(() => at.store.append('a', [started('a')])).toThrow(fault('DP2007'));
    });
  });
}

function states(at: StoreOfTest): void {
  describe('a state', () => {
    test('what one process stored, every other sees at once', () => {
      using other = at.open();
      at.store.begin(newRun('a'));
      at.store.append('a', [started('a')]);
      expect(other.get('a')?.status).toBe('running');
      expect([...other.read('a')]).toHaveLength(1);
    });

    test('what was stored is there when the state is opened again', () => {
      run(at.store, 'a');
      at.store.flush();
      at.store[Symbol.dispose]();
      at.store = at.open();
      expect(ids(at.store)).toStrictEqual(['a']);
      expect([...at.store.read('a')]).toHaveLength(2);
    });
  });
}

function run(
  store: RunStore,
  id: string,
  how: 'succeeded' | 'failed' | 'cancelled' = 'succeeded',
): void {
  store.begin(newRun(id));
  store.append(id, [started(id), ended(id, how)]);
  store.release(id);
}

const ids = (store: RunStore, query?: Parameters<RunStore['list']>[0]): string[] =>
  store.list(query).map(({ runId }) => runId);
