/** What the ledger of every run store does. An adapter proves itself with its store. */
import { describe, expect, test } from 'vitest';
import type { QueuedRun } from '../../src/model/queued-run.ts';
import type { DecidedTick, TickVerdict } from '../../src/model/tick.ts';
import type { TriggerDefinition } from '../../src/model/trigger-definition.ts';
import type { TickLedger, TriggerRecord } from '../../src/store/tick-ledger.ts';
import { fault } from './fault.ts';
import { ended, newRun, owner, started } from './samples.ts';
import { type StorePlace, storeOfEachTest } from './store-of-each-test.ts';

export function tickLedgerContract(adapter: string, newPlace: () => StorePlace): void {
  describe(`${adapter}: the ledger of ticks`, () => {
    const at = storeOfEachTest(newPlace, ({ ledger }) => put(ledger, recordOf('p/a')));
    const add = (...ticks: DecidedTick[]): void =>
      at.store.ledger.write(undefined, (ledger) => ticks.forEach((tick) => ledger.add(tick)));

    test('gives triggers and ticks as they were put, the latest tick first', () => {
      const full: TriggerRecord = {
        ...recordOf('p/b'),
        armed: 9_000,
        pause: { since: 3_000, author: 'ann', note: 'load', until: 8_000 },
        streak: { outcome: 'missed', count: 3, firing: '1000' },
        cursor: 17,
        forgottenTo: 500,
      };
      put(at.store.ledger, full);
      expect(at.store.ledger.triggers()).toStrictEqual([recordOf('p/a'), full]);
      const ticks = [tickOf(1_000), tickOf(3_000, { outcome: 'missed' }), tickOf(2_000)];
      add(...ticks);
      expect(at.store.ledger.ticks()).toStrictEqual([ticks[1], ticks[2], ticks[0]]);
    });

    test('finds ticks by trigger, time and outcome', () => {
      put(at.store.ledger, recordOf('p/b'));
      add(tickOf(1_000), tickOf(2_000, { outcome: 'missed' }), tickOf(3_000));
      add({ ...tickOf(2_000), trigger: 'p/b' });
      const found = (query: Parameters<TickLedger['ticks']>[0]): string[] =>
        at.store.ledger.ticks(query).map((tick) => `${tick.trigger} ${tick.at}`);
      expect(found({ trigger: 'p/b' })).toStrictEqual(['p/b 2000']);
      expect(found({ from: 1_000, to: 2_000 })).toStrictEqual(['p/b 2000', 'p/a 2000']);
      expect(found({ outcome: 'missed' })).toStrictEqual(['p/a 2000']);
      expect(found({ limit: 1 })).toStrictEqual(['p/a 3000']);
    });

    test('keeps the first verdict of a tick', () => {
      add(tickOf(1_000, { outcome: 'missed' }), tickOf(1_000));
      expect(at.store.ledger.ticks().map(({ verdict }) => verdict.outcome)).toStrictEqual([
        'missed',
      ]);
    });

    test('lets one row stand for many ticks, none of which gets another verdict', () => {
      at.store.ledger.write(undefined, (ledger) => {
        ledger.add(tickOf(1_000, { outcome: 'missed' }));
        ledger.extend(tickOf(1_000), 5_000, 3);
        ledger.extend(tickOf(1_000), 7_000, 2);
        expect(ledger.has('p/a', { at: 6_000, firing: 'other' })).toBe(true);
        expect(ledger.has('p/a', { at: 7_001, firing: 'other' })).toBe(false);
        ledger.add(tickOf(3_000));
      });
      const rows = at.store.ledger.ticks({ from: 6_000 });
      expect(rows.map(({ row }) => row)).toStrictEqual([{ until: 7_000, count: 6 }]);
    });

    test('keeps a row and its queued run together, or neither', () => {
      const run = queuedRun('r', 'trigger p/a');
      const queue = (isWhole: boolean): void =>
        at.store.ledger.write(undefined, (ledger) => {
          ledger.add(tickOf(1_000));
          ledger.enqueue(run);
          if (!isWhole) throw new Error('the process died');
        });
      expect(() => queue(false)).toThrow('the process died');
      expect(at.store.ledger.ticks()).toStrictEqual([]);
      expect(at.store.get('r')).toBeUndefined();
      queue(true);
      expect(at.store.ledger.ticks()).toHaveLength(1);
      expect(at.store.queue.take(owner(1), 1)).toStrictEqual([{ run, losses: 0 }]);
    });

    test('shows the runs of a lane that have not ended, those that have begun first', () => {
      const open = (): string[] =>
        at.store.ledger.write(undefined, (ledger) =>
          ledger
            .openRuns('trigger p/a')
            .map(({ runId, hasBegun }) => `${runId} ${hasBegun ? 'began' : 'waits'}`),
        );
      for (const id of ['x', 'y', 'z']) at.store.queue.put(queuedRun(id, 'trigger p/a'));
      at.store.queue.put(queuedRun('other', 'trigger p/b'));
      expect(open()).toStrictEqual(['x waits', 'y waits', 'z waits']);
      at.store.queue.take(owner(1), 1);
      at.store.begin(newRun('x', { owner: owner(1) }));
      at.store.append('x', [started('x')]);
      at.store.ledger.write(undefined, (ledger) => ledger.cancel('y', 'another takes its place'));
      expect(open()).toStrictEqual(['x began', 'z waits']);
      at.store.append('x', [ended('x')]);
      expect(open()).toStrictEqual(['z waits']);
    });

    test('asks for the end of a run once: asking again does not kill it', () => {
      at.store.queue.put(queuedRun('x', 'l'));
      at.store.ledger.write(undefined, (ledger) => {
        ledger.cancel('x', 'first');
        ledger.cancel('x', 'second');
      });
      at.store.queue.take(owner(1), 1);
      expect(at.store.cancelAsked('x')).toEqual({ how: 'drain', reason: 'first' });
    });

    test('refuses a leader that another process has followed', () => {
      const { processes, ledger } = at.store;
      const enter = (pid: number): number =>
        processes.enter({ kind: 'daemon', owner: owner(pid), since: 0, version: '1' });
      const first = processes.lead(enter(1));
      ledger.write(first, (transaction) => transaction.put(recordOf('p/b')));
      at.dead.add(1);
      const second = processes.lead(enter(2));
      const write = (epoch: number | undefined) => () =>
        ledger.write(epoch, (transaction) => transaction.add(tickOf(1_000)));
      expect(write(first)).toThrow(fault('DP6320'));
      expect(ledger.ticks()).toStrictEqual([]);
      write(second)();
      expect(ledger.ticks()).toHaveLength(1);
    });

    test('remembers when each schedule was valid', () => {
      const { ledger } = at.store;
      const window = { from: 1_000, tz: '2026c', definition: definitionOf('p/a') };
      ledger.write(undefined, (transaction) => {
        transaction.openWindow(window);
        transaction.closeWindow('p/a', 5_000);
        transaction.openWindow({ ...window, from: 5_000 });
        transaction.closeWindow('p/a', 5_000);
        transaction.openWindow({ ...window, from: 5_000, tz: '2026d' });
      });
      expect(ledger.windows('p/a')).toStrictEqual([
        { ...window, to: 5_000 },
        { ...window, from: 5_000, to: null, tz: '2026d' },
      ]);
    });

    test('forgets old ticks, but never a part of a row, and says up to when', () => {
      const { ledger } = at.store;
      add(tickOf(1_000), tickOf(2_000), tickOf(3_000, { outcome: 'missed' }));
      ledger.write(undefined, (transaction) => transaction.extend(tickOf(3_000), 9_000, 6));
      expect(ledger.forget(2_000)).toBe(1);
      expect(ledger.triggers()).toMatchObject([{ trigger: 'p/a', forgottenTo: 2_000 }]);
      expect(ledger.forget(6_000)).toBe(1);
      expect(ledger.triggers()).toMatchObject([{ trigger: 'p/a', forgottenTo: 3_000 }]);
      expect(ledger.ticks().map((tick) => tick.at)).toStrictEqual([3_000]);
      expect(ledger.forget(10_000)).toBe(1);
      expect(ledger.forget(1_000)).toBe(0);
      expect(ledger.triggers()).toMatchObject([{ trigger: 'p/a', forgottenTo: 10_000 }]);
    });
  });
}

function put(ledger: TickLedger, record: TriggerRecord): void {
  ledger.write(undefined, (transaction) => transaction.put(record));
}

function definitionOf(trigger: string): TriggerDefinition {
  return {
    trigger,
    pipeline: 'p',
    file: '/project/p.yaml',
    spec: {
      is: 'manual',
      name: 'a',
      params: {},
      overlap: { mode: 'skip' },
      at: { file: '/project/p.yaml', line: 1, column: 1 },
    },
  };
}

function recordOf(trigger: string): TriggerRecord {
  return {
    trigger,
    definition: definitionOf(trigger),
    tz: '2026c',
    decidedTo: 0,
    armed: null,
    pause: null,
    streak: null,
    cursor: null,
    forgottenTo: null,
  };
}

function tickOf(
  at: number,
  verdict: TickVerdict = { outcome: 'fired', runId: `run${at}`, because: 'due' },
): DecidedTick {
  return {
    trigger: 'p/a',
    at,
    firing: String(at),
    verdict,
    decidedAt: at + 1,
    decidedBy: 'here:1',
    tz: '2026c',
  };
}

function queuedRun(runId: string, lane: string): QueuedRun {
  return {
    runId,
    pipeline: 'p',
    file: '/project/p.yaml',
    params: {},
    startedBy: { by: 'trigger', trigger: 'p/a', tick: runId },
    queuedAt: 1_000,
    priority: 'live',
    lanes: [{ name: lane, most: 1 }],
  };
}
