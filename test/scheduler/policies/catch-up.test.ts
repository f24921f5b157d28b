import { describe, expect, test } from 'vitest';
import type { Catchup } from '../../../src/model/pipeline.ts';
import type { DueTick, TickVerdict } from '../../../src/model/tick.ts';
import { type PauseSpan, settled } from '../../../src/scheduler/policies/catch-up.ts';

const NONE: Catchup = { mode: 'none', limit: 0, window: null };
const LAST: Catchup = { mode: 'last', limit: 1, window: null };
const all = (limit: number, window: number | null = null): Catchup => ({
  mode: 'all',
  limit,
  window,
});

/** Ticks at full minutes; the time at which they are noticed is in minutes, too. */
function outcomes(
  minutes: readonly number[],
  catchup: Catchup,
  now: number,
  held: { pause?: PauseSpan; holiday?: readonly number[] } = {},
): string[] {
  const ticks = minutes.map((minute): DueTick => {
    const at = minute * 60_000;
    return { at, time: at, firing: String(minute) };
  });
  const objection = ({ firing }: DueTick): TickVerdict | undefined =>
    held.holiday?.includes(Number(firing)) === true
      ? { outcome: 'skipped_calendar', calendar: 'c' }
      : undefined;
  const noticing = { now: now * 60_000, pause: held.pause, objection };
  return [...settled(ticks, { catchup, lateAfterMs: 60_000 }, noticing)].map((step) => {
    const said =
      step.is === 'fire'
        ? step.because
        : 'beyond' in step.verdict
          ? `beyond ${step.verdict.beyond}`
          : step.verdict.outcome;
    return `${step.tick.firing} ${said}`;
  });
}

const paused = (since: number, upTo: number): PauseSpan => ({
  since: since * 60_000,
  upTo: upTo * 60_000,
  author: 'ann',
});

describe('ticks that were noticed too late', () => {
  test.for<[what: string, catchup: Catchup, now: number, expected: string[]]>([
    ['on time', NONE, 1, ['1 due']],
    ['within the minute that is allowed', NONE, 2, ['1 due', '2 due']],
    ['are missed', NONE, 5, ['1 missed', '2 missed', '3 missed', '4 due', '5 due']],
    [
      'the last is caught up on',
      LAST,
      8,
      ['1 beyond limit', '2 beyond limit', '3 beyond limit', '4 beyond limit', '5 caught_up'],
    ],
    [
      'all of them are, up to the limit',
      all(2),
      8,
      ['1 beyond limit', '2 beyond limit', '3 beyond limit', '4 caught_up', '5 caught_up'],
    ],
    [
      'a limit that is not reached lets all go',
      all(9),
      8,
      ['1 caught_up', '2 caught_up', '3 caught_up', '4 caught_up', '5 caught_up'],
    ],
    [
      'only within the window',
      all(9, 300),
      8,
      ['1 beyond window', '2 beyond window', '3 caught_up', '4 caught_up', '5 caught_up'],
    ],
    [
      'those on time come after them',
      LAST,
      6,
      ['1 beyond limit', '2 beyond limit', '3 beyond limit', '4 caught_up', '5 due'],
    ],
  ])('%s', ([, catchup, now, expected]) => {
    const minutes = [1, 2, 3, 4, 5].filter((minute) => minute <= now);
    expect(outcomes(minutes, catchup, now)).toEqual(expected);
  });

  test('what the calendar leaves out does not count as caught up on', () => {
    expect(outcomes([1, 2, 3, 4, 5], LAST, 8, { holiday: [2, 4, 5] })).toEqual([
      '1 beyond limit',
      '2 skipped_calendar',
      '3 caught_up',
      '4 skipped_calendar',
      '5 skipped_calendar',
    ]);
  });

  test('many ticks are settled without being kept', () => {
    const minutes = Array.from({ length: 300_000 }, (_, minute) => minute);
    const said = outcomes(minutes, all(3), 400_000);
    expect(said).toHaveLength(300_000);
    expect(said.filter((one) => one.endsWith('caught_up'))).toEqual([
      '299997 caught_up',
      '299998 caught_up',
      '299999 caught_up',
    ]);
  });
});

describe('ticks of a pause', () => {
  test('are paused, and those before and after it are not', () => {
    expect(outcomes([1, 2, 3, 4, 5], NONE, 5, { pause: paused(2, 4) })).toEqual([
      '1 missed',
      '2 missed',
      '3 paused',
      '4 paused',
      '5 due',
    ]);
  });

  test('are never on time, however late the resume notices them', () => {
    expect(outcomes([4, 5], NONE, 5, { pause: paused(2, 5) })).toEqual(['4 paused', '5 paused']);
  });

  test('are caught up on as the trigger says', () => {
    expect(outcomes([3, 4, 5], LAST, 5, { pause: paused(2, 5) })).toEqual([
      '3 beyond limit',
      '4 beyond limit',
      '5 caught_up',
    ]);
  });
});
