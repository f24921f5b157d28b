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

const about = (task: string, topic: string, data: object, attempt = 1): RecordedEvent => ({
  ...taskFailed('a', task),
  topic,
  data,
  attempt,
});
const expanded = (task: string, elements: number): RecordedEvent =>
  about(task, 'run.task.expanded', { elements });
const begun = (task: string, attempt: number): RecordedEvent =>
  about(task, 'run.task.started', { worker: 1, token: 't' }, attempt);

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
  const fine = [
    started('a'),
    expanded('x', 2),
    good,
    taskSucceeded('a', 'x', { element: 1 }),
    whole,
    whole,
  ];
  expect(check(fine as RecordedEvent[], 'running')).toStrictEqual([]);
  expect(check([started('a'), expanded('x', 1), good, good], 'running')).toStrictEqual([
    'attempt 1 of task "x[0]" has more than one outcome',
  ]);
  expect(
    check([started('a'), taskSucceeded('a', 'x'), taskFailed('a', 'x')], 'running'),
  ).toStrictEqual(['attempt 1 of task "x" has more than one outcome']);
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
    [taskFailed('a', 'x')],
    'its end counts 1 succeeded, and its tasks are 0',
  ],
  [
    'an unknown topic',
    [about('x', 'run.task.succeedeX', {})],
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
