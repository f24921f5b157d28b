import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/model/event.ts';
import { TimelineFold, TimeScale, type Timeline } from '../../src/views/timeline.ts';

type Told = readonly [time: number, topic: string, about?: Partial<RecordedEvent>];

function timelineOf(told: readonly Told[], now?: number): Timeline {
  const fold = new TimelineFold();
  for (const [time, topic, about] of told) {
    // Only what the fold looks at.
    fold.apply({ v: 1, id: '', runId: 'r', data: {}, ...about, time, topic });
  }
  return fold.timeline(now);
}

const a = { task: 'a', attempt: 1 };

test('a task waits for a slot, runs, waits for its retry, waits for a slot again and runs', () => {
  const { lanes } = timelineOf([
    [0, 'run.started'],
    [1, 'run.task.ready', { task: 'a' }],
    [3, 'run.task.started', a],
    [10, 'run.task.retrying', { ...a, data: { reason: 'crashed', dueAt: 15 } }],
    [17, 'run.task.started', { task: 'a', attempt: 2 }],
    [20, 'run.task.succeeded', { task: 'a', attempt: 2 }],
    [21, 'run.succeeded'],
  ]);
  expect(lanes.get('a')!.spans).toEqual([
    { is: 'queued', from: 1, to: 3 },
    { is: 'running', attempt: 1, from: 3, to: 10, end: 'crashed' },
    { is: 'waiting', from: 10, to: 15 },
    { is: 'queued', from: 15, to: 17 },
    { is: 'running', attempt: 2, from: 17, to: 20, end: 'succeeded' },
  ]);
});

test('elements of a mapped task have lanes of their own', () => {
  const { lanes } = timelineOf([
    [0, 'run.started'],
    [1, 'run.task.ready', { task: 'a' }],
    [1, 'run.task.expanded', { task: 'a', data: { elements: 2 } }],
    [2, 'run.task.started', { ...a, element: 1 }],
    [5, 'run.task.failed', { ...a, element: 1, data: { reason: 'failed' } as never }],
    [6, 'run.task.failed', { task: 'a', data: { reason: 'failed' } as never }],
  ]);
  const lane = lanes.get('a')!;
  expect(lane.spans.at(-1)).toEqual({ is: 'running', from: 1, to: 6, end: 'failed' });
  expect(lane.elements[0]).toBeUndefined();
  expect(lane.elements[1]!.spans).toEqual([
    { is: 'running', attempt: 1, from: 2, to: 5, end: 'failed' },
  ]);
});

test('what runs is open until now', () => {
  const { lanes, heldPeriods } = timelineOf(
    [
      [0, 'run.started'],
      [1, 'run.task.started', a],
    ],
    50,
  );
  expect(lanes.get('a')!.spans).toEqual([
    { is: 'running', attempt: 1, from: 1, to: 50, end: 'open' },
  ]);
  expect(heldPeriods).toEqual([{ from: 0, to: 50 }]);
});

test('a process that vanished left its attempts crashed, and the pause takes no room', () => {
  const { lanes, heldPeriods } = timelineOf([
    [0, 'run.started'],
    [1, 'run.task.started', a],
    [4, 'run.task.progress', a],
    [1_000_000, 'run.resumed'],
    [1_000_001, 'run.task.started', { task: 'a', attempt: 2 }],
    [1_000_003, 'run.task.timed_out', { task: 'a', attempt: 2 }],
    [1_000_004, 'run.failed'],
  ]);
  expect(lanes.get('a')!.spans).toEqual([
    { is: 'running', attempt: 1, from: 1, to: 4, end: 'crashed' },
    { is: 'running', attempt: 2, from: 1_000_001, to: 1_000_003, end: 'timed_out' },
  ]);
  const scale = new TimeScale(heldPeriods);
  expect(scale.length).toBe(8);
  expect([0, 4, 500, 1_000_000, 1_000_003].map((time) => scale.at(time))).toEqual([0, 4, 4, 4, 7]);
});

test('what tasks publish and a run of no tasks make no lanes', () => {
  expect(timelineOf([[0, 'data.arrived', a]])).toMatchObject({
    lanes: { size: 0 },
    heldPeriods: [],
  });
});
