import { describe, expect, test } from 'vitest';
import { recordedText } from '../../../src/model/recorded-reason.ts';
import {
  phaseStep,
  stopIn,
  type RunHappening,
  type RunPhase,
} from '../../../src/executor/run/run-phase.ts';

const HAPPENINGS = {
  'a task fails': { is: 'task_failed', reason: { is: 'task_failed', task: 'a' } },
  drain: { is: 'cancelled', reason: { is: 'cancelled', words: 'SIGINT' }, how: 'drain' },
  kill: { is: 'cancelled', reason: { is: 'cancelled', words: 'SIGINT again' }, how: 'kill' },
  timeout: { is: 'timed_out', limit: 9 },
  hooks: { is: 'hooks_turn' },
  over: { is: 'over' },
} as const satisfies Record<string, RunHappening>;

type Word = keyof typeof HAPPENINGS;

/** What comes of the happenings, in their order, to a run that goes well: phases, and what is done about it. */
function told(...words: Word[]): string[] {
  let phase: RunPhase = { is: 'running' };
  return words.map((word) => {
    const step = phaseStep(phase, HAPPENINGS[word]);
    phase = step.phase;
    const whom = phase.is === 'stopping' ? ` ${phase.whom}` : '';
    const by = stopIn(phase)?.by;
    const acts = step.acts.length === 0 ? '' : `: ${step.acts.join(', ')}`;
    return `${phase.is}${whom}${by === undefined ? '' : ` (${by})`}${acts}`;
  });
}

function reasonAfter(...words: Word[]): string {
  let phase: RunPhase = { is: 'running' };
  for (const word of words) ({ phase } = phaseStep(phase, HAPPENINGS[word]));
  const stop = stopIn(phase);
  return stop === undefined ? 'nothing' : recordedText(stop.reason);
}

describe('a run', () => {
  test('ends when its tasks have, and its time no longer counts when its hooks begin', () => {
    expect(told('hooks', 'hooks', 'over')).toEqual(['hooks: clear_time_limit', 'hooks', 'over']);
  });

  test('that a failure stops lets run what runs, and its hooks have all the time they need', () => {
    expect(told('a task fails', 'a task fails', 'hooks')).toEqual([
      'stopping tasks (failure): start_nothing',
      'stopping tasks (failure): start_nothing',
      'hooks (failure): clear_time_limit',
    ]);
  });

  test('that is cancelled stops what runs, and its hooks have the grace to end in', () => {
    expect(told('drain', 'hooks', 'kill')).toEqual([
      'stopping tasks (cancellation): start_nothing, drain',
      'hooks (cancellation): clear_time_limit, give_hooks_the_grace',
      'killing (cancellation): start_nothing, kill',
    ]);
  });

  test('that did not end in time counts as timed out, whatever else stops it', () => {
    expect(told('a task fails', 'drain', 'timeout', 'drain', 'kill')).toEqual([
      'stopping tasks (failure): start_nothing',
      'stopping tasks (cancellation): start_nothing, drain',
      'stopping tasks (timeout): start_nothing, drain',
      'stopping tasks (timeout): start_nothing, drain',
      'killing (timeout): start_nothing, kill',
    ]);
  });

  test('that is killed has no hooks, and nothing softer follows', () => {
    expect(told('kill', 'hooks', 'drain', 'a task fails', 'over')).toEqual([
      'killing (cancellation): start_nothing, kill',
      'killing (cancellation)',
      'killing (cancellation): start_nothing, drain',
      'killing (cancellation): start_nothing',
      'over (cancellation)',
    ]);
  });

  test('that is cancelled during its hooks stops them, and their turn does not come again', () => {
    expect(told('hooks', 'drain', 'hooks')).toEqual([
      'hooks: clear_time_limit',
      'stopping hooks (cancellation): start_nothing, drain',
      'stopping hooks (cancellation)',
    ]);
  });

  test('that is over stays over', () => {
    expect(told('over', 'kill', 'timeout', 'hooks')).toEqual(['over', 'over', 'over', 'over']);
  });

  test('says what stopped it first', () => {
    expect(reasonAfter('hooks')).toBe('nothing');
    expect(reasonAfter('a task fails', 'drain', 'timeout', 'hooks')).toBe('task a failed');
    expect(reasonAfter('drain', 'kill', 'over')).toBe('SIGINT');
    expect(reasonAfter('timeout', 'kill')).toBe('the run did not end within 9 s');
  });
});
