/**
 * What the slots of every run store do. They belong to runs that a store holds, so an adapter proves itself with its store.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PoolSlot } from '../../src/store/pool-slots.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import type { StorePlace } from './contract.ts';
import { fault } from './fault.ts';
import { newRun, owner } from './samples.ts';

export function poolSlotsContract(adapter: string, newPlace: () => StorePlace): void {
  describe(`${adapter}: slots of a pool`, () => {
    let place: StorePlace;
    let dead: Set<number>;
    /** Holds the runs a, b and c, of the processes 3, 4 and 5. */
    let store: RunStore;
    const open = (): RunStore => place.open((holder) => !dead.has(holder.pid));

    beforeEach(() => {
      place = newPlace();
      dead = new Set();
      store = open();
      for (const [id, pid] of [
        ['a', 3],
        ['b', 4],
        ['c', 5],
      ] as const)
        store.begin(newRun(id, { owner: owner(pid) }));
    });
    afterEach(() => {
      store[Symbol.dispose]();
      place[Symbol.dispose]();
    });

    test('are as many as the asker says, over all runs', () => {
      using other = open();
      other.begin(newRun('d', { owner: owner(6) }));
      expect(store.slots.take(slotOf('a'), 2, 0)).toBe(true);
      expect(other.slots.take(slotOf('d'), 2, 0)).toBe(true);
      expect(other.slots.take(slotOf('d', 'more'), 2, 0)).toBe(false);
      expect(store.slots.held()).toStrictEqual([slotOf('a'), slotOf('d')]);
      store.slots.giveBack(slotOf('a'));
      expect(other.slots.take(slotOf('d', 'more'), 2, 0)).toBe(true);
    });

    test('of another pool are no concern', () => {
      expect(store.slots.take(slotOf('a'), 1, 0)).toBe(true);
      expect(store.slots.take({ ...slotOf('b'), pool: 'other' }, 1, 0)).toBe(true);
    });

    test('are taken once for a unit, however often it asks', () => {
      expect(store.slots.take(slotOf('a'), 2, 0)).toBe(true);
      expect(store.slots.take(slotOf('a'), 2, 0)).toBe(true);
      expect(store.slots.held()).toHaveLength(1);
    });

    test('are free when their holder is dead, has let go, or was followed by another', () => {
      store.slots.take(slotOf('a'), 1, 0);
      expect(store.slots.take(slotOf('b'), 1, 0)).toBe(false);
      dead.add(3);
      expect(store.slots.held()).toStrictEqual([]);
      expect(store.slots.take(slotOf('b'), 1, 0)).toBe(true);
      store.release('b');
      expect(store.slots.take(slotOf('c'), 1, 0)).toBe(true);
      dead.add(5);
      using other = open();
      other.acquire('c', owner(6));
      expect(other.slots.held()).toStrictEqual([]);
    });

    test('go to who asked first, so that a busy run starves nobody', () => {
      store.slots.take(slotOf('a', '1'), 1, 0);
      expect(store.slots.take(slotOf('b'), 1, 10)).toBe(false);
      expect(store.slots.take(slotOf('c'), 1, 20)).toBe(false);
      store.slots.giveBack(slotOf('a', '1'));
      expect(store.slots.take(slotOf('a', '2'), 1, 30)).toBe(false);
      expect(store.slots.take(slotOf('c'), 1, 40)).toBe(false);
      expect(store.slots.take(slotOf('b'), 1, 50)).toBe(true);
      store.slots.giveBack(slotOf('b'));
      expect(store.slots.take(slotOf('c'), 1, 60)).toBe(true);
    });

    test('do not wait for one who stopped asking', () => {
      store.slots.take(slotOf('a', '1'), 1, 0);
      expect(store.slots.take(slotOf('b'), 1, 10)).toBe(false);
      store.slots.giveBack(slotOf('a', '1'));
      expect(store.slots.take(slotOf('a', '2'), 1, 1_000)).toBe(false);
      expect(store.slots.take(slotOf('a', '2'), 1, 60_000)).toBe(true);
    });

    test('are taken and given back by the holder of the run only', () => {
      store.slots.take(slotOf('a'), 1, 0);
      dead.add(3);
      using other = open();
      other.acquire('a', owner(6));
      expect(() => store.slots.take(slotOf('a', 'late'), 2, 0)).toThrow(fault('DP6004'));
      expect(other.slots.take(slotOf('a'), 1, 0)).toBe(true);
      store.slots.giveBack(slotOf('a'));
      expect(other.slots.held()).toStrictEqual([slotOf('a')]);
    });

    test('tell who waits for a pool, a run once, in the order in which they asked', () => {
      store.slots.take(slotOf('a'), 1, 0);
      for (const [at, slot] of [slotOf('c'), slotOf('b'), slotOf('c', 'more')].entries())
        expect(store.slots.take(slot, 1, at)).toBe(false);
      const waiting = ['c', 'b'].map((run) => ({ pool: 'db', run }));
      expect(store.slots.waiting()).toStrictEqual(waiting);
      store.slots.giveBack(slotOf('a'));
      expect(store.slots.take(slotOf('c'), 1, 3)).toBe(true);
      expect(store.slots.waiting()).toStrictEqual(waiting.slice(1));
      dead.add(4);
      expect(store.slots.waiting()).toStrictEqual([]);
    });

    test('of a run that nobody knows are refused', () => {
      expect(() => store.slots.take(slotOf('nobody'), 1, 0)).toThrow(fault('DP2007'));
      store.slots.giveBack(slotOf('nobody'));
      expect(store.slots.held()).toStrictEqual([]);
    });

    test('may grow and shrink in number: who holds one keeps it', () => {
      for (const id of ['a', 'b']) expect(store.slots.take(slotOf(id), 2, 0)).toBe(true);
      expect(store.slots.take(slotOf('c'), 1, 1)).toBe(false);
      expect(store.slots.take(slotOf('a'), 1, 2)).toBe(true);
      store.slots.giveBack(slotOf('a'));
      expect(store.slots.take(slotOf('c'), 1, 3)).toBe(false);
      expect(store.slots.take(slotOf('c'), 2, 4)).toBe(true);
    });
  });
}

const slotOf = (run: string, unit = 'task'): PoolSlot => ({ pool: 'db', run, unit });
