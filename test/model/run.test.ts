import { describe, expect, test } from 'vitest';
import type { LifecycleData, LifecycleTopic, RunEvent, UserEvent } from '../../src/model/event.ts';
import type { ResultRef } from '../../src/model/result.ts';
import {
  applyEvent,
  emptyRun,
  foldRun,
  isFinished,
  TASK_STATES,
  tookOf,
} from '../../src/model/run.ts';

const output: ResultRef = { is: 'void' };
const totals = { succeeded: 0, cached: 0, failed: 0, skipped: 0, upstreamFailed: 0, cancelled: 0 };
const error = { name: 'Error', message: 'no rows' };

type Told<T extends LifecycleTopic> = readonly [
  topic: T,
  data: LifecycleData[T],
  about?: { task?: string; attempt?: number; element?: number },
];

/** One event a millisecond, from 1 on. */
function events(...told: { [T in LifecycleTopic]: Told<T> }[LifecycleTopic][]): RunEvent[] {
  return told.map(
    ([topic, data, about], i) =>
      ({ v: 1, id: `r.${i}`, runId: 'r', topic, time: i + 1, data, ...about }) as RunEvent,
  );
}

const begun: Told<'run.started'> = [
  'run.started',
  {
    pipeline: 'flights',
    planId: 'plan',
    file: '/project/flights.yaml',
    params: {},
    tasks: 2,
    owner: { pid: 1, host: 'here' },
  },
];
const ready: Told<'run.task.ready'> = ['run.task.ready', { key: null }, { task: 'a' }];
const started = (attempt: number): Told<'run.task.started'> => [
  'run.task.started',
  { worker: 0, token: `1.${attempt}` },
  { task: 'a', attempt },
];
const retrying: Told<'run.task.retrying'> = [
  'run.task.retrying',
  { reason: 'crashed', error, delayMs: 5, dueAt: 9 },
  { task: 'a', attempt: 1 },
];
const succeeded: Told<'run.task.succeeded'> = [
  'run.task.succeeded',
  { output, durationMs: 7, key: null },
  { task: 'a' },
];
const failed: Told<'run.task.failed'> = [
  'run.task.failed',
  { reason: 'failed', error, durationMs: 7 },
  { task: 'a' },
];

const taskAfter = (...told: Parameters<typeof events>) =>
  foldRun('r', events(...told)).tasks.get('a');

const ended = (...last: Parameters<typeof events>) => foldRun('r', events(begun, ...last));

describe('a run, as its events tell it', () => {
  test('is queued before its first event', () => {
    expect(foldRun('r', [])).toEqual(emptyRun('r'));
    expect(emptyRun('r').status).toBe('queued');
  });

  test('knows its pipeline, plan and file from its start', () => {
    expect(foldRun('r', events(begun))).toMatchObject({
      status: 'running',
      pipeline: 'flights',
      planId: 'plan',
      file: '/project/flights.yaml',
      startedAt: 1,
    });
  });

  test('ends as its last event says', () => {
    expect(ended(['run.succeeded', { totals }])).toMatchObject({
      status: 'succeeded',
      finishedAt: 2,
    });
    expect(ended(['run.failed', { totals, error }])).toMatchObject({ status: 'failed', error });
    expect(ended(['run.cancelled', { totals, reason: 'SIGINT' }]).status).toBe('cancelled');
  });

  test('that is taken up again forgets its earlier end', () => {
    const owner = { pid: 2, host: 'here' };
    const run = foldRun(
      'r',
      events(begun, ['run.failed', { totals, error }], ['run.resumed', { owner }]),
    );
    expect(run.status).toBe('running');
    expect(run).not.toHaveProperty('finishedAt');
    expect(run).not.toHaveProperty('error');
  });

  test('is the same when its events are applied one by one', () => {
    const all = events(begun, ready, started(1), retrying, started(2), succeeded);
    const run = emptyRun('r');
    for (const event of all) applyEvent(run, event);
    expect(run).toEqual(foldRun('r', all));
  });

  test('is not moved by what tasks publish', () => {
    const published: UserEvent = {
      v: 1,
      id: 'u',
      runId: 'r',
      topic: 'data.arrived',
      time: 5,
      task: 'a',
      data: 1,
    };
    expect(foldRun('r', [...events(begun), published])).toEqual(foldRun('r', events(begun)));
  });

  test('is not moved by its levels', () => {
    const levels = events(
      begun,
      ['run.level.started', { level: 0, tasks: 1 }],
      ['run.level.completed', { level: 0 }],
    );
    expect(foldRun('r', levels)).toEqual(foldRun('r', events(begun)));
  });
});

describe('a task, as its events tell it', () => {
  test('goes from ready over running and retrying to its end', () => {
    const all: Parameters<typeof events> = [ready, started(1), retrying, started(2), succeeded];
    const statuses = all.map((_, i) => taskAfter(...all.slice(0, i + 1))?.status);
    expect(statuses).toEqual(['ready', 'running', 'retrying', 'running', 'succeeded']);
  });

  test('that succeeded after a failure counts its attempts, and has no error', () => {
    expect(taskAfter(ready, started(1), retrying, started(2), succeeded)).toEqual({
      status: 'succeeded',
      attempts: 2,
      startedAt: 2,
      finishedAt: 5,
      durationMs: 7,
      output,
      key: null,
    });
  });

  test('that failed says why', () => {
    expect(taskAfter(ready, started(1), failed)).toMatchObject({
      status: 'failed',
      reason: 'failed',
      error,
      finishedAt: 3,
    });
    const timedOut = { error, durationMs: 3 };
    expect(taskAfter(ready, ['run.task.timed_out', timedOut, { task: 'a' }])).toMatchObject({
      status: 'timed_out',
      reason: 'timed_out',
      error,
      durationMs: 3,
    });
  });

  test('that did not start says why', () => {
    const about = { task: 'a' };
    expect(taskAfter(['run.task.skipped', { reason: 'when: false is false' }, about])).toEqual({
      status: 'skipped',
      attempts: 0,
      why: { is: 'recorded', text: 'when: false is false' },
      finishedAt: 1,
    });
    const why = { is: 'upstream_skipped', task: 'x' } as const;
    const skipped = { reason: 'x is skipped', why };
    expect(taskAfter(['run.task.skipped', skipped, about])).toMatchObject({ why });
    // A later version of dp has recorded a kind that this version does not know.
    const later = { reason: 'words', why: { is: 'later' } as never };
    expect(taskAfter(['run.task.skipped', later, about])).toMatchObject({
      why: { is: 'recorded', text: 'words' },
    });
    expect(taskAfter(['run.task.upstream_failed', { because: ['x', 'y'] }, about])).toMatchObject({
      status: 'upstream_failed',
      why: { is: 'upstream_failed', because: ['x', 'y'] },
    });
    expect(taskAfter(['run.task.cancelled', { reason: 'SIGINT' }, about])).toMatchObject({
      status: 'cancelled',
      why: { is: 'recorded', text: 'SIGINT' },
    });
  });

  test('of a resumed run keeps nothing of its earlier failure', () => {
    const cached = { output, fromRun: 'q', key: 'k' };
    const clean = { status: 'cached', attempts: 1, output };
    const task = taskAfter(started(1), failed, ['run.task.cached', cached, { task: 'a' }]);
    expect(task).toMatchObject(clean);
    expect(task).not.toHaveProperty('error');
    expect(task).not.toHaveProperty('reason');
    const because = { because: ['x'] };
    const behind = taskAfter(started(1), failed, [
      'run.task.upstream_failed',
      because,
      { task: 'a' },
    ]);
    expect(behind).not.toHaveProperty('error');
  });

  test('has its progress', () => {
    const progress = { done: 3, total: null };
    expect(taskAfter(started(1), ['run.task.progress', progress, { task: 'a' }])?.progress).toEqual(
      progress,
    );
  });

  test('that is mapped has a record for each element, apart from its own', () => {
    const task = taskAfter(
      ready,
      ['run.task.expanded', { elements: 3 }, { task: 'a' }],
      ['run.task.started', { worker: 0, token: '1.1' }, { task: 'a', attempt: 1, element: 1 }],
      ['run.task.succeeded', { output, durationMs: 2, key: null }, { task: 'a', element: 1 }],
      ['run.task.started', { worker: 0, token: '1.2' }, { task: 'a', attempt: 1, element: 2 }],
    );
    expect(task?.status).toBe('running');
    expect(task?.elements?.map((element) => element.status)).toEqual([
      'pending',
      'succeeded',
      'running',
    ]);
  });

  test('that is mapped keeps the elements that have a result when a resumed run expands it', () => {
    const expanded: Told<'run.task.expanded'> = [
      'run.task.expanded',
      { elements: 3 },
      { task: 'a' },
    ];
    const task = taskAfter(
      expanded,
      ['run.task.cached', { output, fromRun: 'q', key: null }, { task: 'a', element: 0 }],
      ['run.task.succeeded', { output, durationMs: 2, key: null }, { task: 'a', element: 1 }],
      ['run.task.started', { worker: 0, token: '1.2' }, { task: 'a', attempt: 1, element: 2 }],
      expanded,
    );
    expect(task?.elements).toEqual([
      expect.objectContaining({ status: 'cached', output }),
      expect.objectContaining({ status: 'succeeded', output }),
      { status: 'pending', attempts: 1 },
    ]);
  });
});

test('a state is finished when no event of the same run can change it but a resume', () => {
  expect(TASK_STATES.filter(isFinished)).toEqual([
    'succeeded',
    'cached',
    'failed',
    'skipped',
    'upstream_failed',
    'cancelled',
    'timed_out',
  ]);
});

test('only tasks that are hooks count as hooks, whatever every object has', () => {
  const [topic, data] = begun;
  const run = foldRun('r', events([topic, { ...data, hooks: { toString: 'on_finish' as const } }]));
  expect([...run.hooks]).toEqual([['toString', 'on_finish']]);
  expect(run.hooks.has('constructor')).toBe(false);
});

test('the duration of a run comes from a monotonic clock, and includes the time before it was resumed', () => {
  const end: Told<'run.failed'> = ['run.failed', { totals, durationMs: 2_000 }];
  expect(tookOf(foldRun('r', events(begun, end)))).toBe(2_000);
  const owner = { pid: 2, host: 'here' };
  const again = foldRun('r', events(begun, end, ['run.resumed', { owner }]));
  expect(tookOf(again)).toBeUndefined();
  expect(tookOf(foldRun('r', events(begun, end, ['run.resumed', { owner }], end)))).toBe(2_002);
});

test('a run of an older dp took as long as the calendar says', () => {
  expect(tookOf(foldRun('r', events(begun, ['run.succeeded', { totals }])))).toBe(1);
});
