import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/model/event.ts';
import { checkRun } from '../../src/model/run-check.ts';
import type { RunStatus } from '../../src/model/run.ts';
import { ended, published, started, taskFailed, taskSucceeded } from '../store/samples.ts';

const check = (events: readonly RecordedEvent[], status: RunStatus): string[] =>
  checkRun(
    'a',
    events.map((event, i) => ({ seq: i + 1, event })),
    status,
  );

test('a run as it should be', () => {
  const events = [started('a'), taskSucceeded('a', 'x'), published('a', 1), ended('a')];
  expect(check(events, 'succeeded')).toStrictEqual([]);
  expect(check([], 'queued')).toStrictEqual([]);
});

const at = (seq: number): { seq: number; event: RecordedEvent } => ({
  seq,
  event: published('a', seq),
});

test('gaps are named', () => {
  expect(checkRun('a', [at(1), at(3), at(7)], 'queued')).toStrictEqual([
    'event 2 is missing',
    'events 4 to 6 are missing',
  ]);
});

test('an attempt has one outcome; another attempt, another element and the task as a whole have their own', () => {
  const good = taskSucceeded('a', 'x', { element: 0 });
  const { attempt: _, ...whole } = taskSucceeded('a', 'x');
  const fine = [started('a'), good, taskSucceeded('a', 'x', { element: 1 }), whole, whole];
  expect(check(fine as RecordedEvent[], 'running')).toStrictEqual([]);
  expect(check([started('a'), good, good], 'running')).toStrictEqual([
    'attempt 1 of task "x[0]" has more than one outcome',
  ]);
  expect(
    check([started('a'), taskSucceeded('a', 'x'), taskFailed('a', 'x')], 'running'),
  ).toStrictEqual(['attempt 1 of task "x" has more than one outcome']);
});

test('a summary that its events do not bear out', () => {
  expect(check([started('a'), ended('a', 'failed')], 'succeeded')).toStrictEqual([
    'it is listed as succeeded, and its events say failed',
  ]);
});
