import { expect, test } from 'vitest';
import { eventProblem } from '../../src/model/event-shape.ts';
import type { RecordedEvent } from '../../src/model/event.ts';
import {
  digest,
  ended,
  owner,
  published,
  resumed,
  started,
  taskCached,
  taskFailed,
  taskSucceeded,
} from '../store/samples.ts';

function skipped(why: unknown): RecordedEvent {
  const data = { reason: 'when: false is false', ...(why === undefined ? {} : { why }) };
  return {
    ...taskSucceeded('a', 'x'),
    topic: 'run.task.skipped',
    data,
  };
}

test.for<RecordedEvent>([
  started('a'),
  resumed('a', owner(1)),
  taskSucceeded('a', 'x'),
  taskSucceeded('a', 'x', { output: { is: 'list', items: [{ is: 'void' }] }, element: 3 }),
  taskCached('a', 'x', 'b'),
  taskFailed('a', 'x'),
  published('a', { any: ['thing'] }),
  published('a', undefined),
  ended('a', 'cancelled'),
  skipped({ is: 'condition_false', when: 'false' }),
  skipped(undefined),
  skipped({ is: 'a kind of a later version', fact: 1 }),
])('$topic as dp records it has no problem', (event) => {
  expect(eventProblem(event, 'a')).toBeUndefined();
});

const good = taskSucceeded('a', 'x');
const output = { is: 'value', run: 'a', task: 'x', id: '1', bytes: 1, digest: digest(1) };
const giving = (more: object): object => ({ ...good, data: { ...good.data, output: more } });
const failedWith = (more: object): object => {
  const error = { name: 'E', message: '', ...more };
  return { ...taskFailed('a', 'x'), data: { reason: 'failed', error, durationMs: 1 } };
};
const chain = Array.from({ length: 1_000 }).reduce<object>(
  (cause) => ({ name: 'E', message: '', cause }),
  { name: 'E', message: '' },
);

test.for<[string, unknown]>([
  ['is null', null],
  ['is of another run', { ...good, runId: 'b' }],
  ['has no id', { ...good, id: 1 }],
  ['has a time before every clock', { ...good, time: -1 }],
  ['has a time after the year 9999', { ...good, time: Number.MAX_SAFE_INTEGER }],
  ['has a time between two milliseconds', { ...good, time: 0.5 }],
  ['names a task that leads elsewhere', { ...good, task: '../x' }],
  ['names no task', { ...good, task: undefined }],
  ['names a task for a run', { ...ended('a'), task: 'x' }],
  ['has half an attempt', { ...good, attempt: 1.5 }],
  ['has an element before the first', { ...good, element: -1 }],
  ['has a pattern as its topic', { ...published('a', 1), topic: 'data.*' }],
  ['has data of another topic', { ...good, data: ended('a').data }],
  ['has no data', { ...good, data: null }],
  ['points to a result of no run', giving({ ...output, run: '..' })],
  ['points to a result of no task', giving({ ...output, task: 'a/b' })],
  ['points to a result that leads up', giving({ ...output, id: '../../x' })],
  ['points to a result of less than nothing', giving({ ...output, bytes: -1 })],
  ['points to a result without checksum', giving({ ...output, digest: 'd' })],
  ['points to a list of no results', giving({ is: 'list', items: [output, 1] })],
  [
    'tells causes without end',
    { ...taskFailed('a', 'x'), data: { reason: 'failed', error: chain, durationMs: 1 } },
  ],
  ['tells errors of an error that are none', failedWith({ errors: [{ name: 'E' }] })],
  ['tells fields of an error that are no text', failedWith({ details: { code: 1 } })],
  ['gives a reason without its facts', skipped({ is: 'condition_false' })],
  ['gives a reason of no kind', skipped({ when: 'false' })],
])('an event that %s has one', ([, event]) => {
  expect(eventProblem(event, 'a')).toEqual(expect.any(String));
});
