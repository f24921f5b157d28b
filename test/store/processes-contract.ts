/** What the record of daemons and runners does. An adapter proves itself with its store. */
import { describe, expect, test } from 'vitest';
import type { ProcessRecord } from '../../src/store/processes.ts';
import { owner } from './samples.ts';
import { type StorePlace, storeOfEachTest } from './store-of-each-test.ts';

export function processesContract(adapter: string, newPlace: () => StorePlace): void {
  describe(`${adapter}: daemons and runners`, () => {
    const at = storeOfEachTest(newPlace);

    test('are listed while they live and have not left, with what they last told', () => {
      const a = at.store.processes.enter(daemon(1));
      const b = at.store.processes.enter({ ...daemon(2), kind: 'runner', told: { runs: 0 } });
      using other = at.open();
      expect(other.processes.list()).toStrictEqual([
        { n: a, ...daemon(1), leads: false },
        { n: b, ...daemon(2), kind: 'runner', told: { runs: 0 }, leads: false },
      ]);
      expect(at.store.processes.beat(b, { runs: 3 })).toBe(true);
      expect(at.store.processes.beat(b)).toBe(true);
      expect(other.processes.list()[1]?.told).toStrictEqual({ runs: 3 });
      at.store.processes.leave(a);
      expect(other.processes.list().map(({ n }) => n)).toStrictEqual([b]);
      expect(at.store.processes.beat(a)).toBe(false);
      at.dead.add(2);
      expect(other.processes.list()).toStrictEqual([]);
    });

    test('have one leader, who keeps the lead until it leaves or dies', () => {
      const [a, b] = [daemon(1), daemon(2)].map((one) => at.store.processes.enter(one));
      using other = at.open();
      expect(at.store.processes.lead(a!)).toBe(1);
      expect(other.processes.lead(b!)).toBeUndefined();
      expect(at.store.processes.lead(a!)).toBe(1);
      expect(other.processes.list().map(({ leads }) => leads)).toStrictEqual([true, false]);
      at.dead.add(1);
      expect(other.processes.lead(b!)).toBe(2);
      expect(at.store.processes.lead(a!)).toBeUndefined();
      other.processes.leave(b!);
      at.dead.clear();
      expect(at.store.processes.lead(a!)).toBe(3);
    });

    test('that have left do not lead', () => {
      const a = at.store.processes.enter(daemon(1));
      at.store.processes.leave(a);
      expect(at.store.processes.lead(a)).toBeUndefined();
    });

    test('are numbered, and no number is given twice', () => {
      const a = at.store.processes.enter(daemon(1));
      at.store.processes.leave(a);
      expect(at.store.processes.enter(daemon(1))).not.toBe(a);
    });
  });
}

const daemon = (pid: number): Omit<ProcessRecord, 'n' | 'leads'> => ({
  kind: 'daemon',
  owner: owner(pid),
  since: 1_000,
  version: '0.1.0',
});
