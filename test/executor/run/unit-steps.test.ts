import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../../src/executor/ports/workforce.ts';
import type { UnitState } from '../../../src/executor/run/task-states.ts';
import { unitStep, type UnitHappening } from '../../../src/executor/run/unit-steps.ts';
import { pipelineFrom, planOf, registryOf, taskIn } from '../../planner/pipelines.ts';

const plan = planOf(await pipelineFrom('name: p\nmodules: [./tasks.ts]\ntasks: { a: {} }\n'), {
  registry: registryOf('a()'),
});

const attempt = (number: number): Attempt => ({
  unit: { index: 0, element: undefined },
  task: taskIn(plan, 'a'),
  number,
});

const QUEUED: UnitState = { is: 'queued', tries: { begun: 0, uncounted: 0 } };

type Word = Exclude<UnitHappening['is'], 'starts'> | `starts ${number}`;

function happeningOf(word: Word): UnitHappening {
  const [is, number] = word.split(' ');
  if (is === 'starts') return { is, attempt: attempt(Number(number)) };
  // The cast: what is left of `Word` are the names of happenings without more to say.
  return { is } as UnitHappening;
}

/** What comes of the happenings, in their order, to a unit that waits for its first slot. */
function told(...words: Word[]): string[] {
  let state: UnitState = QUEUED;
  return words.map((word) => {
    const step = unitStep(state, happeningOf(word));
    state = step.state;
    const begun = 'tries' in state ? ` ${state.tries.begun}` : '';
    return `${state.is}${begun}${step.act === 'nothing' ? '' : `: ${step.act}`}`;
  });
}

describe('a unit of work', () => {
  test('succeeds at its first attempt', () => {
    expect(told('starts 1', 'begins', 'has_outcome')).toEqual(['sent 0', 'running 1', 'finished']);
  });

  test('is tried again after its delay', () => {
    expect(told('starts 1', 'begins', 'fails_and_is_retried', 'is_due', 'starts 2')).toEqual([
      'sent 0',
      'running 1',
      'waiting_for_retry 1',
      'queued 1: enqueue',
      'sent 1',
    ]);
  });

  test('that was sent ahead and never begun waits for a slot again, and has used up no attempt', () => {
    expect(told('starts 1', 'is_taken_back')).toEqual(['sent 0', 'queued 0: enqueue']);
  });

  test('whose worker died before its first step has used up no attempt either', () => {
    expect(told('starts 1', 'begins', 'is_taken_back', 'starts 1', 'begins')).toEqual([
      'sent 0',
      'running 1',
      'queued 0: enqueue',
      'sent 0',
      'running 1',
    ]);
  });

  test('waits too long for a slot', () => {
    expect(told('waited_too_long')).toEqual(['finished: withdraw_and_fail']);
    expect(told('starts 1', 'waited_too_long')).toEqual(['sent 0', 'sent 0']);
  });

  test('whose total time is over is asked to end, and ends', () => {
    expect(told('starts 1', 'begins', 'is_out_of_time', 'has_outcome')).toEqual([
      'sent 0',
      'running 1',
      'expiring 1: expire',
      'finished',
    ]);
  });

  test('whose time in all is over while it waits in a line, or between two attempts, fails', () => {
    expect(told('starts 1', 'is_out_of_time', 'is_taken_back')).toEqual([
      'sent 0',
      'expiring 0: expire',
      'finished: fail',
    ]);
    const failed = ['starts 1', 'begins', 'fails_and_is_retried'] as const;
    expect(told(...failed, 'is_out_of_time').at(-1)).toBe('finished: fail');
    expect(told(...failed, 'is_due', 'is_out_of_time').at(-1)).toBe('finished: withdraw_and_fail');
  });

  test('that was stopped with its run has no outcome, and its time does not matter any more', () => {
    expect(told('starts 1', 'begins', 'is_stopped', 'is_out_of_time')).toEqual([
      'sent 0',
      'running 1',
      'stopped 1',
      'stopped 1',
    ]);
  });

  test('that has its outcome ignores its timers', () => {
    const ended = ['starts 1', 'begins', 'has_outcome'] as const;
    for (const late of ['is_due', 'waited_too_long', 'is_out_of_time'] as const)
      expect(told(...ended, late).at(-1)).toBe('finished');
  });
});

const WORDS: readonly Exclude<Word, `starts ${number}`>[] = [
  'begins',
  'is_taken_back',
  'fails_and_is_retried',
  'has_outcome',
  'is_stopped',
  'is_due',
  'waited_too_long',
  'is_out_of_time',
];

test('in any order of events a unit comes to one outcome at most, and counts what began and was not taken back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...WORDS, 'starts' as const), { maxLength: 30 }),
      (words) => {
        let state: UnitState = QUEUED;
        let begun = 0;
        let outcomes = 0;
        for (const word of words) {
          const before: UnitState = state;
          const number = 'tries' in before ? before.tries.begun + 1 : 1;
          let step;
          try {
            step = unitStep(before, happeningOf(word === 'starts' ? `starts ${number}` : word));
          } catch {
            continue; // It cannot happen now.
          }
          state = step.state;
          if (word === 'begins' && 'attempt' in before) begun = before.attempt.number;
          if (word === 'is_taken_back' && 'attempt' in before) begun = before.attempt.number - 1;
          if (before.is !== 'finished' && state.is === 'finished') outcomes++;
          expect('tries' in state ? state.tries.begun : begun).toBe(begun);
          expect(outcomes).toBeLessThanOrEqual(1);
          expect(before.is === 'finished' && step.act !== 'nothing').toBe(false);
        }
      },
    ),
  );
});

test('what cannot happen is a bug that says so', () => {
  expect(() => told('begins')).toThrow('a unit of work that is queued met "begins"');
});
