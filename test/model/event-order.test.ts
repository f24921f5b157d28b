import { expect, test } from 'vitest';
import { EventOrder } from '../../src/model/event-order.ts';
import { isLifecycle, type RecordedEvent } from '../../src/model/event.ts';
import { applyEvent, emptyRun } from '../../src/model/run.ts';
import {
  ended,
  owner,
  resumed,
  started,
  taskCached,
  taskFailed,
  taskRan,
  taskStarted,
  taskSucceeded,
} from '../store/samples.ts';

/** Returns the first problem. */
function problemIn(events: readonly RecordedEvent[]): string | undefined {
  const order = new EventOrder();
  const run = emptyRun('a');
  for (const event of events) {
    const problem = isLifecycle(event) ? order.problem(run, event) : undefined;
    if (problem !== undefined) return problem;
    applyEvent(run, event);
  }
  return undefined;
}

const change = (event: RecordedEvent, topic: string, data: object): RecordedEvent => ({
  ...event,
  topic,
  data,
});
const whole = (event: RecordedEvent): RecordedEvent => {
  const { attempt: _, ...rest } = event;
  return rest;
};
const attempt = (number: number, event: RecordedEvent): RecordedEvent => ({
  ...event,
  attempt: number,
});
const START = started('a');
const BEGIN = taskStarted('a', 'x');
const GOOD = taskSucceeded('a', 'x');
const BAD = taskFailed('a', 'x');
const RETRYING = change(BAD, 'run.task.retrying', {});
const READY = whole(change(BAD, 'run.task.ready', { key: null }));
const PROGRESS = change(BAD, 'run.task.progress', { done: 1, total: null });
const CANCELLED = whole(change(BAD, 'run.task.cancelled', { reason: 'SIGINT' }));
const TWO = whole(change(BAD, 'run.task.expanded', { elements: 2 }));
const RESUMED = resumed('a', owner(2));
const KEPT = { ...taskCached('a', 'x', 'b'), element: 0 };
const element = (number: number): readonly RecordedEvent[] =>
  taskRan('a', 'x', { element: number });

test.for<[string, readonly RecordedEvent[]]>([
  ['that ends', [START, READY, BEGIN, PROGRESS, GOOD, ended('a')]],
  ['that is cancelled while it waits', [CANCELLED, ended('a', 'cancelled')]],
  ['that cannot be planned', [ended('a', 'failed')]],
  ['that is resumed after its end', [START, BEGIN, BAD, ended('a', 'failed'), RESUMED, READY]],
  ['that is resumed in an attempt', [START, BEGIN, RESUMED, attempt(2, BEGIN), attempt(2, BAD)]],
  ['that is resumed twice', [START, RESUMED, RESUMED]],
  ['that does a task again whose result is gone', [START, BEGIN, GOOD, RESUMED, READY]],
  ['with a retry', [START, BEGIN, RETRYING, attempt(2, BEGIN), attempt(2, GOOD)]],
  ['with an attempt that was withdrawn before it began', [START, BEGIN, BEGIN, GOOD]],
  ['with progress before the attempt is known to have begun', [START, PROGRESS, BEGIN, GOOD]],
  ['with a task that waited too long', [START, READY, whole(BAD)]],
  ['with elements', [START, TWO, ...element(1), ...element(0), whole(GOOD)]],
  ['with an element that a retry kept', [START, TWO, KEPT, ...element(1), whole(GOOD)]],
  ['with a command that cannot be made', [START, READY, BAD, ended('a', 'failed')]],
  ['with a cached result', [START, taskCached('a', 'x', 'b'), ended('a')]],
])('a run %s has its events in order', ([, events]) => {
  expect(problemIn(events)).toBeUndefined();
});

test.for<[string, readonly RecordedEvent[]]>([
  ['run.task.ready cannot follow in a run that is queued', [READY]],
  ['run.started cannot follow in a run that is running', [START, START]],
  ['run.task.ready cannot follow in a run that is succeeded', [START, ended('a'), READY]],
  [
    'run.succeeded cannot follow in a run that is failed',
    [START, ended('a', 'failed'), ended('a')],
  ],
  ['run.started cannot follow in a run that is succeeded', [START, ended('a'), START]],
  ['attempt 0 of task "x" follows attempt 0', [START, attempt(0, BEGIN)]],
  ['attempt 2 of task "x" follows attempt 0', [START, attempt(2, BEGIN)]],
  ['attempt 2 of task "x" follows attempt 1', [START, BEGIN, attempt(2, BEGIN)]],
  ['attempt 1 of task "x" follows attempt 1', [START, BEGIN, RETRYING, BEGIN]],
  [
    'run.task.succeeded is about attempt 1 of task "x", of which 0 have begun',
    [START, READY, GOOD],
  ],
  [
    'run.task.failed is about attempt 1 of task "x", of which 2 have begun',
    [START, BEGIN, RETRYING, attempt(2, BEGIN), BAD],
  ],
  ['run.task.failed follows the outcome of task "x"', [START, BEGIN, GOOD, BAD]],
  ['run.task.ready follows the outcome of task "x"', [START, CANCELLED, READY]],
  [
    'run.task.started follows the outcome of task "x[0]"',
    [START, TWO, ...element(0), ...element(0)],
  ],
  ['run.task.expanded follows the outcome of task "x"', [START, CANCELLED, TWO]],
  ['task "x" has no element 2', [START, TWO, ...element(2)]],
  [
    'run.task.succeeded follows no outcome of task "x[1]"',
    [START, TWO, ...element(0), whole(GOOD)],
  ],
  ['run.task.failed follows no outcome of task "x[0]"', [START, TWO, ...element(1), whole(BAD)]],
])('%s', ([problem, events]) => {
  expect(problemIn(events)).toBe(problem);
});
