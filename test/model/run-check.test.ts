import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/model/event.ts';
import { checkRun } from '../../src/model/run-check.ts';
import type { RunStatus } from '../../src/model/run.ts';
import {
  ended,
  published,
  started,
  taskFailed,
  taskRan,
  taskStarted,
  taskSucceeded,
} from '../store/samples.ts';

const check = (events: readonly RecordedEvent[], status: RunStatus): string[] =>
  checkRun(
    'a',
    events.map((event, i) => ({ seq: i + 1, event })),
    status,
  );

test('a run as it should be', () => {
  const events = [started('a'), ...taskRan('a', 'x'), published('a', 1), ended('a')];
  expect(check(events, 'succeeded')).toStrictEqual([]);
  expect(check([], 'queued')).toStrictEqual([]);
});

const expanded = (task: string, elements: number): RecordedEvent => {
  const { attempt: _, ...about } = taskFailed('a', task);
  return { ...about, topic: 'run.task.expanded', data: { elements } };
};
const begun = (task: string, attempt: number): RecordedEvent => ({
  ...taskStarted('a', task),
  attempt,
});

const retrying = (task: string): RecordedEvent => ({
  ...taskFailed('a', task),
  topic: 'run.task.retrying',
  data: { reason: 'failed', error: { name: 'Error', message: '' }, delayMs: 1, dueAt: 1 },
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
  const { attempt: _, ...whole } = taskSucceeded('a', 'x');
  const fine = [
    started('a'),
    expanded('x', 2),
    ...taskRan('a', 'x', { element: 0 }),
    ...taskRan('a', 'x', { element: 1 }),
    whole,
    begun('y', 1),
    retrying('y'),
    begun('y', 2),
    { ...taskFailed('a', 'y'), attempt: 2 },
  ];
  expect(check(fine as RecordedEvent[], 'running')).toStrictEqual([]);
  const twice = [started('a'), begun('x', 1), retrying('x'), retrying('x')];
  expect(check(twice, 'running')).toStrictEqual([
    'attempt 1 of task "x" has more than one outcome',
  ]);
});

test('an earlier version named the last attempt when the total timeout of its task expired', () => {
  const late = { ...retrying('x'), topic: 'run.task.timed_out' };
  expect(check([started('a'), begun('x', 1), retrying('x'), late], 'running')).toStrictEqual([]);
  const twice = [started('a'), begun('x', 1), retrying('x'), late, late];
  expect(check(twice, 'running')).toStrictEqual([
    'run.task.timed_out follows the outcome of task "x"',
  ]);
});

test('a summary that its events do not bear out', () => {
  expect(check([started('a'), ended('a', 'failed', 2_000, {})], 'succeeded')).toStrictEqual([
    'it is listed as succeeded, and its events say failed',
  ]);
});

test.for<[string, readonly RecordedEvent[], string]>([
  ['no outcome', [begun('x', 1)], 'it has ended, and task "x" has no outcome'],
  [
    'an outcome that was altered',
    [begun('x', 1), taskFailed('a', 'x')],
    'its end counts 1 succeeded, and its tasks are 0',
  ],
  [
    'an unknown topic',
    [{ ...begun('x', 1), topic: 'run.task.succeedeX' }],
    'event 2 has the topic "run.task.succeedeX", which is unknown',
  ],
])('a run that has ended with a task of %s', ([, events, what]) => {
  expect(check([started('a'), ...events, ended('a')], 'succeeded')).toContain(what);
});

test.for<[string, readonly RecordedEvent[], string]>([
  [
    'elements',
    [expanded('x', 4_294_967_295)],
    'event 2 says that there are 4294967295 elements, of which nothing is on record',
  ],
  [
    'elements of many tasks',
    [expanded('x', 10), expanded('y', 1_000_000)],
    'event 3 says that there are 1000010 elements, of which nothing is on record',
  ],
  [
    'an element beyond the last',
    [expanded('x', 1), taskSucceeded('a', 'x', { element: 4_294_967_294 })],
    'task "x" has no element 4294967294',
  ],
  [
    'attempts',
    [begun('x', 1), begun('x', 4_294_967_295)],
    'attempt 4294967295 of task "x" follows attempt 1',
  ],
])('a forged number of %s is not counted up to', ([, events, what]) => {
  expect(check([started('a'), ...events], 'running')).toStrictEqual([what]);
});
