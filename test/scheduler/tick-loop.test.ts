import { beforeEach, describe, expect, test } from 'vitest';
import { fire, pause, resume, resumePreview } from '../../src/scheduler/control.ts';
import { fault } from '../store/fault.ts';
import { everyFiveMinutes, HOUR, LoopRig, MINUTE } from './loop-rig.ts';

let rig: LoopRig;

beforeEach(async () => {
  rig = new LoopRig();
  await rig.loop.start();
});

const LAST = { mode: 'last', limit: 1, window: null } as const;

describe('the loop', () => {
  test('decides each tick at its instant, with a queued run of the derived id', async () => {
    await rig.define(everyFiveMinutes());
    rig.clock.pass(11 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 fired due', '00:10 fired due']);
    const [last] = rig.store.ledger.ticks();
    const runs = rig.store.list().map(({ runId, startedBy }) => ({ runId, startedBy }));
    expect(runs[0]).toEqual({
      runId: last?.verdict.outcome === 'fired' && last.verdict.runId,
      startedBy: { by: 'trigger', trigger: 'p/t', tick: '2026-01-01T00:10:00.000Z' },
    });
    expect(last?.decidedAt).toBe(last?.at);
  });

  test('sleeps until the next tick, but never longer than a minute', async () => {
    await rig.define(everyFiveMinutes());
    const before = rig.clock.wakes;
    rig.clock.pass(HOUR);
    expect(rig.clock.wakes - before).toBeLessThanOrEqual(60);
    expect(rig.rows()).toHaveLength(12);
  });

  test('never looks back from where a trigger is first seen', async () => {
    rig.clock.pass(7 * MINUTE);
    await rig.define(everyFiveMinutes({ catchup: LAST }));
    rig.clock.pass(MINUTE);
    expect(rig.rows()).toEqual([]);
  });

  test('gives the time in which no loop ran to the policy of the trigger', async () => {
    await rig.define(everyFiveMinutes({ catchup: LAST }), everyFiveMinutes({}, 'u'));
    rig.loop.stop();
    rig.clock.pass(17 * MINUTE);
    rig.loop = rig.newLoop();
    await rig.loop.start();
    expect(rig.rows()).toEqual([
      '00:05 skipped_catchup',
      '00:10 skipped_catchup',
      '00:15 fired caught_up',
    ]);
    expect(rig.rows('p/u')).toEqual(['00:05 missed', '00:10 missed', '00:15 missed']);
  });

  test('does the same when the machine slept, and says that the clock went on', async () => {
    await rig.define(everyFiveMinutes({ catchup: LAST }));
    rig.clock.step(12 * MINUTE);
    rig.clock.pass(MINUTE);
    expect(rig.rows()).toEqual(['00:05 skipped_catchup', '00:10 fired caught_up']);
    expect(rig.news).toContainEqual({ is: 'clock_stepped', byMs: 12 * MINUTE });
  });

  test('fires nothing twice when the clock is set back', async () => {
    await rig.define(everyFiveMinutes());
    rig.clock.pass(6 * MINUTE);
    rig.clock.step(-4 * MINUTE);
    rig.clock.pass(9 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 fired due', '00:10 fired due']);
  });

  test('keeps a long time that was missed in a bounded number of rows', async () => {
    await rig.define(everyFiveMinutes());
    rig.clock.step(20_000 * 5 * MINUTE);
    rig.clock.pass(MINUTE);
    const rows = rig.store.ledger.ticks({ trigger: 'p/t' });
    const missed = rows.filter(({ verdict }) => verdict.outcome === 'missed');
    expect(missed).toHaveLength(1_001);
    expect(missed[0]?.row?.count).toBe(18_999);
    expect(missed.reduce((sum, { row }) => sum + (row?.count ?? 1), 0)).toBe(19_999);
    expect(rows.filter(({ verdict }) => verdict.outcome === 'fired')).toHaveLength(1);
  });

  test('lets a trigger whose state cannot be written fail alone, and tries it again', async () => {
    await rig.define(everyFiveMinutes(), everyFiveMinutes({}, 'u'));
    const { ledger } = rig.store;
    const write = ledger.write.bind(ledger);
    let isLocked = true;
    ledger.write = (epoch, work) =>
      write(epoch, (transaction) => {
        const put = transaction.put.bind(transaction);
        transaction.put = (record) => {
          if (isLocked && record.trigger === 'p/t') throw new Error('the database is locked');
          put(record);
        };
        return work(transaction);
      });
    rig.clock.pass(5 * MINUTE);
    expect([rig.rows(), rig.rows('p/u')]).toEqual([[], ['00:05 fired due']]);
    isLocked = false;
    rig.clock.pass(30_000);
    expect(rig.rows()).toEqual(['00:05 fired due']);
  });
});

describe('an edit', () => {
  test('of the schedule counts from when it is noticed', async () => {
    await rig.define(everyFiveMinutes());
    rig.clock.pass(6 * MINUTE);
    await rig.define(everyFiveMinutes({ every: 120 }));
    rig.clock.pass(5 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 fired due', '00:08 fired due', '00:10 fired due']);
    expect(rig.store.ledger.windows('p/t').map(({ from, to }) => [from, to])).toEqual([
      [rig.clock.now() - 11 * MINUTE, rig.clock.now() - 5 * MINUTE],
      [rig.clock.now() - 5 * MINUTE, null],
    ]);
  });

  test('of a policy alone leaves the schedule as it is', async () => {
    await rig.define(everyFiveMinutes());
    rig.clock.pass(6 * MINUTE);
    await rig.define(everyFiveMinutes({ overlap: { mode: 'skip' } }));
    rig.clock.pass(10 * MINUTE);
    expect(rig.rows()).toEqual([
      '00:05 fired due',
      '00:10 skipped_overlap',
      '00:15 skipped_overlap',
    ]);
    expect(rig.store.ledger.windows('p/t')).toHaveLength(1);
  });

  test('that removes a trigger ends it, and one that brings it back begins anew', async () => {
    await rig.define(everyFiveMinutes());
    rig.clock.pass(6 * MINUTE);
    await rig.define();
    rig.clock.pass(10 * MINUTE);
    await rig.define(everyFiveMinutes({ catchup: LAST }));
    rig.clock.pass(5 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 fired due', '00:20 fired due']);
  });

  test('that breaks the file lets its triggers go on as they were, after a restart, too', async () => {
    await rig.define(everyFiveMinutes());
    rig.broken.add('/project/p.yaml');
    await rig.define();
    rig.clock.pass(6 * MINUTE);
    rig.loop.stop();
    rig.loop = rig.newLoop();
    await rig.loop.start();
    rig.clock.pass(5 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 fired due', '00:10 fired due']);
  });
});

describe('overlapping ticks', () => {
  test('are skipped while a run goes on', async () => {
    await rig.define(everyFiveMinutes({ overlap: { mode: 'skip' } }));
    rig.clock.pass(6 * MINUTE);
    const run = rig.begin();
    rig.clock.pass(5 * MINUTE);
    rig.end(run ?? '');
    rig.clock.pass(5 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 fired due', '00:10 skipped_overlap', '00:15 fired due']);
  });

  test('wait in a queue with a bound; what is beyond it is one with the last', async () => {
    await rig.define(everyFiveMinutes({ overlap: { mode: 'queue', max: 1 } }));
    rig.clock.pass(16 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 fired due', '00:10 fired due', '00:15 coalesced']);
    const first = rig.begin();
    expect(rig.begin()).toBeUndefined();
    rig.end(first ?? '');
    expect(rig.begin()).toBeDefined();
  });

  test('cancel the run that goes on, and the one that waits for it', async () => {
    await rig.define(everyFiveMinutes({ overlap: { mode: 'cancel_running' } }));
    rig.clock.pass(6 * MINUTE);
    const first = rig.begin() ?? '';
    rig.clock.pass(5 * MINUTE);
    expect(rig.store.cancelAsked(first)?.how).toBe('drain');
    rig.clock.pass(5 * MINUTE);
    expect(rig.store.cancelAsked(first)?.how).toBe('drain');
    const [third, second] = rig.store.ledger.ticks();
    expect(third?.verdict).toMatchObject({
      outcome: 'fired',
      supersedes: [second?.verdict.outcome === 'fired' && second.verdict.runId],
    });
  });
});

describe('what a trigger says about a tick', () => {
  test('a condition that is false skips it', async () => {
    const at = { file: '/project/p.yaml', line: 1, column: 1 };
    await rig.define(everyFiveMinutes({ when: { value: 'false', at } }));
    rig.clock.pass(6 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 skipped_condition']);
  });

  test('a calendar leaves out its dates', async () => {
    const calendar = { weekdays: [1, 2, 3, 4, 5, 6, 7], include: [], exclude: ['2026-01-01'] };
    const at = { file: '/project/p.yaml', line: 1, column: 1 };
    await rig.define({
      ...everyFiveMinutes({ every: 12 * 3600, calendar: { value: 'c', at } }),
      calendar,
    });
    rig.clock.pass(25 * HOUR);
    expect(rig.rows()).toEqual(['12:00 skipped_calendar', '00:00 fired due']);
  });
});

describe('a pause', () => {
  test('records what it holds back, and never makes up for it by itself', async () => {
    await rig.define(everyFiveMinutes());
    rig.clock.pass(6 * MINUTE);
    await pause('p/t', { author: 'ann', note: 'the source moves' }, rig.control);
    rig.clock.pass(10 * MINUTE);
    await resume('p/t', rig.control);
    rig.clock.pass(5 * MINUTE);
    expect(rig.rows()).toEqual([
      '00:05 fired due',
      '00:10 paused',
      '00:15 paused',
      '00:20 fired due',
    ]);
    const [, paused] = rig.store.ledger.ticks();
    expect(paused?.verdict).toEqual({
      outcome: 'paused',
      author: 'ann',
      note: 'the source moves',
    });
  });

  test('is made up for as the trigger says, which is told before', async () => {
    await rig.define(everyFiveMinutes({ catchup: LAST }));
    await pause('p/t', { author: 'ann' }, rig.control);
    rig.clock.pass(11 * MINUTE);
    const preview = await resumePreview('p/t', rig.control);
    expect(preview.map(({ verdict }) => verdict.outcome)).toEqual(['skipped_catchup', 'fired']);
    expect(rig.rows()).toEqual([]);
    expect(await resume('p/t', rig.control)).toEqual(preview);
    expect(rig.rows()).toEqual(['00:05 skipped_catchup', '00:10 fired caught_up']);
  });

  test('ends by itself when that was asked', async () => {
    await rig.define(everyFiveMinutes());
    const until = rig.clock.now() + 12 * MINUTE;
    await pause('p/t', { author: 'ann', until }, rig.control);
    rig.clock.pass(16 * MINUTE);
    expect(rig.rows()).toEqual(['00:05 paused', '00:10 paused', '00:15 fired due']);
  });

  test('is refused twice, and so is a resume of what is not paused', async () => {
    await rig.define(everyFiveMinutes());
    await expect(resume('p/t', rig.control)).rejects.toThrow(fault('DP6322'));
    await pause('p/t', { author: 'ann' }, rig.control);
    await expect(pause('p/t', { author: 'bob' }, rig.control)).rejects.toThrow(fault('DP6322'));
    await expect(pause('p/x', { author: 'bob' }, rig.control)).rejects.toThrow(fault('DP6321'));
  });
});

const byHand = (identity: string) => ({ identity, at: rig.clock.now(), params: { day: 'x' } });

describe('a firing by hand', () => {
  test('is a tick of the trigger, paused or not, and the same request is one tick', async () => {
    await rig.define(everyFiveMinutes());
    await pause('p/t', { author: 'ann' }, rig.control);
    const first = await fire('p/t', byHand('k'), rig.control);
    expect(first.verdict).toMatchObject({ outcome: 'fired', because: 'by_hand' });
    expect(await fire('p/t', byHand('k'), rig.control)).toEqual(first);
    expect(rig.store.queue.waiting()).toBe(1);
  });

  test('is skipped while a run goes on, when the trigger says so', async () => {
    await rig.define(everyFiveMinutes({ overlap: { mode: 'skip' } }));
    await fire('p/t', byHand('k'), rig.control);
    const second = await fire('p/t', byHand('l'), rig.control);
    expect(second.verdict.outcome).toBe('skipped_overlap');
  });
});
