/**
 * What the slots of every run store do. They belong to runs that a store holds, so an adapter proves itself with its store.
 */
import { describe, expect, test } from 'vitest';
import type { PoolSlot } from '../../src/store/pool-slots.ts';
import { fault } from './fault.ts';
import { newRun, owner } from './samples.ts';
import { type StorePlace, storeOfEachTest } from './store-of-each-test.ts';

/** Each run, and the process that holds it. */
const HOLDERS = [
  ['a', 3],
  ['b', 4],
  ['c', 5],
] as const;

export function poolSlotsContract(adapter: string, newPlace: () => StorePlace): void {
  describe(`${adapter}: slots of a pool`, () => {
    const at = storeOfEachTest(newPlace, (store) => {
      for (const [run, pid] of HOLDERS) store.begin(newRun(run, { owner: owner(pid) }));
    });

    test('are as many as the asker says, over all runs', () => {
      using other = at.open();
      other.begin(newRun('d', { owner: owner(6) }));
      expect(at.store.slots.take(slotOf('a'), 2, 0)).toBe(true);
      expect(other.slots.take(slotOf('d'), 2, 0)).toBe(true);
      expect(other.slots.take(slotOf('d', 'more'), 2, 0)).toBe(false);
      expect(at.store.slots.held()).toStrictEqual([slotOf('a'), slotOf('d')]);
      at.store.slots.giveBack(slotOf('a'));
      expect(other.slots.take(slotOf('d', 'more'), 2, 0)).toBe(true);
    });

    test('of another pool are no concern', () => {
      expect(at.store.slots.take(slotOf('a'), 1, 0)).toBe(true);
      expect(at.store.slots.take({ ...slotOf('b'), pool: 'other' }, 1, 0)).toBe(true);
    });

    test('are taken once for a unit, however often it asks', () => {
      expect(at.store.slots.take(slotOf('a'), 2, 0)).toBe(true);
      expect(at.store.slots.take(slotOf('a'), 2, 0)).toBe(true);
      expect(at.store.slots.held()).toHaveLength(1);
    });

    test('are free when their holder is dead, has let go, or was followed by another', () => {
      at.store.slots.take(slotOf('a'), 1, 0);
      expect(at.store.slots.take(slotOf('b'), 1, 0)).toBe(false);
      at.dead.add(3);
      expect(at.store.slots.held()).toStrictEqual([]);
      expect(at.store.slots.take(slotOf('b'), 1, 0)).toBe(true);
      at.store.release('b');
      expect(at.store.slots.take(slotOf('c'), 1, 0)).toBe(true);
      at.dead.add(5);
      using other = at.open();
      other.acquire('c', owner(6));
      expect(other.slots.held()).toStrictEqual([]);
    });

    test('go to who asked first, so that a busy run starves nobody', () => {
      at.store.slots.take(slotOf('a', '1'), 1, 0);
      expect(at.store.slots.take(slotOf('b'), 1, 10)).toBe(false);
      expect(at.store.slots.take(slotOf('c'), 1, 20)).toBe(false);
      at.store.slots.giveBack(slotOf('a', '1'));
      expect(at.store.slots.take(slotOf('a', '2'), 1, 30)).toBe(false);
      expect(at.store.slots.take(slotOf('c'), 1, 40)).toBe(false);
      expect(at.store.slots.take(slotOf('b'), 1, 50)).toBe(true);
      at.store.slots.giveBack(slotOf('b'));
      expect(at.store.slots.take(slotOf('c'), 1, 60)).toBe(true);
    });

    test('do not wait for one who stopped asking', () => {
      at.store.slots.take(slotOf('a', '1'), 1, 0);
      expect(at.store.slots.take(slotOf('b'), 1, 10)).toBe(false);
      at.store.slots.giveBack(slotOf('a', '1'));
      expect(at.store.slots.take(slotOf('a', '2'), 1, 1_000)).toBe(false);
      expect(at.store.slots.take(slotOf('a', '2'), 1, 60_000)).toBe(true);
    });

    test('are taken and given back by the holder of the run only', () => {
      at.store.slots.take(slotOf('a'), 1, 0);
      at.dead.add(3);
      using other = at.open();
      other.acquire('a', owner(6));
      expect(() => at.store.slots.take(slotOf('a', 'late'), 2, 0)).toThrow(fault('DP6004'));
      expect(other.slots.take(slotOf('a'), 1, 0)).toBe(true);
      at.store.slots.giveBack(slotOf('a'));
      expect(other.slots.held()).toStrictEqual([slotOf('a')]);
    });

    test('tell who waits for a pool, a run once, in the order in which they asked', () => {
      at.store.slots.take(slotOf('a'), 1, 0);
      for (const [time, slot] of [slotOf('c'), slotOf('b'), slotOf('c', 'more')].entries())
        expect(at.store.slots.take(slot, 1, time)).toBe(false);
      const waiting = ['c', 'b'].map((run) => ({ pool: 'db', run }));
      expect(at.store.slots.waiting()).toStrictEqual(waiting);
      at.store.slots.giveBack(slotOf('a'));
      expect(at.store.slots.take(slotOf('c'), 1, 3)).toBe(true);
      expect(at.store.slots.waiting()).toStrictEqual(waiting.slice(1));
      at.dead.add(4);
      expect(at.store.slots.waiting()).toStrictEqual([]);
    });

    test('of a run that nobody knows are refused', () => {
      expect(() => at.store.slots.take(slotOf('nobody'), 1, 0)).toThrow(fault('DP2007'));
      at.store.slots.giveBack(slotOf('nobody'));
      expect(at.store.slots.held()).toStrictEqual([]);
    });

    test('may grow and shrink in number: who holds one keeps it', () => {
      for (const id of ['a', 'b']) expect(at.store.slots.take(slotOf(id), 2, 0)).toBe(true);
      expect(at.store.slots.take(slotOf('c'), 1, 1)).toBe(false);
      expect(at.store.slots.take(slotOf('a'), 1, 2)).toBe(true);
      at.store.slots.giveBack(slotOf('a'));
      expect(at.store.slots.take(slotOf('c'), 1, 3)).toBe(false);
      expect(at.store.slots.take(slotOf('c'), 2, 4)).toBe(true);
    });
  });
}

const slotOf = (run: string, unit = 'task'): PoolSlot => ({ pool: 'db', run, unit });
