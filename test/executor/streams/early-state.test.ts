import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  stepOf,
  type EarlyState,
  type EarlyHappening,
} from '../../../src/executor/streams/early-state.ts';

/** What comes of the happenings, in their order, to a task that has not begun: its states, and what is done about it. */
function told(...happenings: EarlyHappening[]): string[] {
  let state: EarlyState = 'waiting';
  return happenings.map((happening) => {
    const step = stepOf(state, happening);
    state = step.state;
    return step.act === 'nothing' ? state : `${state}: ${step.act}`;
  });
}

describe('a task that reads a live stream', () => {
  test('succeeds before the producer: its success waits for that of the producer', () => {
    expect(told('begins', 'has_outcome', 'upstreams_end_well')).toEqual([
      'running',
      'held',
      'ordinary: commit',
    ]);
  });

  test('is still running when the producer succeeds: it continues like any other', () => {
    expect(told('begins', 'upstreams_end_well')).toEqual(['running', 'ordinary: confirm']);
  });

  test('loses its producer, which is tried again: its attempt is void, and it begins anew', () => {
    expect(told('begins', 'stream_breaks', 'is_over', 'begins')).toEqual([
      'running',
      'broken: stop',
      'waiting: void',
      'running',
    ]);
  });

  test('had succeeded when its producer broke off: its success is void', () => {
    expect(told('begins', 'has_outcome', 'stream_breaks', 'is_over')).toEqual([
      'running',
      'held',
      'broken',
      'waiting: void',
    ]);
  });

  test('loses its producer for good: it ends once its attempt has', () => {
    expect(told('begins', 'stream_breaks', 'upstream_fails', 'is_over')).toEqual([
      'running',
      'broken: stop',
      'broken_failed',
      'ordinary: end_with_upstream',
    ]);
  });

  test('ends slower than the producer succeeds at its next attempt: it starts anew after that', () => {
    expect(told('begins', 'stream_breaks', 'upstreams_end_well', 'is_over')).toEqual([
      'running',
      'broken: stop',
      'broken_ready',
      'ordinary: void_and_start',
    ]);
  });

  test('fails by itself, and is retried while the producer continues', () => {
    expect(told('begins', 'fails_and_rests', 'is_due', 'begins')).toEqual([
      'running',
      'resting',
      'due',
      'running',
    ]);
  });

  test('waits for its next try when the producer breaks off: that try is not made', () => {
    expect(told('begins', 'fails_and_rests', 'stream_breaks')).toEqual([
      'running',
      'resting',
      'waiting: forget_try',
    ]);
  });

  test('waits for a slot for its next try when the producer succeeds: it starts like any other', () => {
    expect(told('begins', 'fails_and_rests', 'is_due', 'upstreams_end_well')).toEqual([
      'running',
      'resting',
      'due',
      'ordinary: start',
    ]);
  });
});

const HAPPENINGS: readonly EarlyHappening[] = [
  'begins',
  'is_taken_back',
  'has_outcome',
  'fails_and_rests',
  'is_cancelled',
  'is_due',
  'stream_breaks',
  'is_over',
  'upstreams_end_well',
  'upstream_fails',
];

test('in any order of events an attempt comes to one outcome at most, and none that it read half of', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...HAPPENINGS), { maxLength: 30 }), (happenings) => {
      let state: EarlyState = 'waiting';
      let begun = 0;
      let outcomes = 0;
      let isBroken = false;
      for (const happening of happenings) {
        const before: EarlyState = state;
        let step;
        try {
          step = stepOf(before, happening);
        } catch {
          continue; // It cannot happen now.
        }
        state = step.state;
        if (happening === 'begins') {
          begun++;
          isBroken = false;
        }
        if (happening === 'is_taken_back') begun--;
        if (happening === 'stream_breaks' && (before === 'running' || before === 'held'))
          isBroken = true;
        const isOutcome =
          ['void', 'void_and_start', 'commit', 'end_with_upstream'].includes(step.act) ||
          happening === 'fails_and_rests' ||
          happening === 'is_cancelled';
        if (isOutcome) outcomes++;
        expect(step.act === 'commit' && isBroken).toBe(false);
        expect(outcomes).toBeLessThanOrEqual(begun);
        const isBetween = state === 'waiting' || state === 'resting' || state === 'due';
        expect(isBetween && outcomes < begun).toBe(false);
      }
    }),
  );
});

test('what cannot happen is a bug that says so', () => {
  expect(() => stepOf('held', 'begins')).toThrow('an early task that is held met "begins"');
});
