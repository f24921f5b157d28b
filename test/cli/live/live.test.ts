import stringWidth from 'string-width';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LiveView } from '../../../src/cli/live/live.ts';
import { liveFrame } from '../../../src/cli/live/live-frame.ts';
import { LiveProgress } from '../../../src/views/live-progress.ts';
import type { Terminal } from '../../../src/cli/console/terminal.ts';
import type { RecordedEvent } from '../../../src/model/event.ts';
import type { Plan, PlannedTask } from '../../../src/model/plan.ts';
import { emptyRun, type RunRecord } from '../../../src/model/run.ts';
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

type Told = readonly [topic: string, task?: string | undefined, about?: Partial<RecordedEvent>];

/** A plan of these tasks, in the order of the graph, each tried up to three times. */
function planOf(...names: readonly string[]): Plan {
  const settings = { ...DEFAULT_SETTINGS, maxRetries: 2 };
  const tasks = names.map((name) => ({ name, settings }) as PlannedTask);
  return { tasks } as unknown as Plan; // nothing else of it is looked at
}

function event([topic, task, about]: Told): RecordedEvent {
  const subject = task === undefined ? {} : { task };
  return { v: 1, id: '', runId: 'r', time: 0, data: {}, ...subject, ...about, topic };
}

function progressOf(plan: Plan, told: readonly Told[], earlier?: RunRecord): LiveProgress {
  const progress = new LiveProgress(plan, earlier ?? emptyRun('r'));
  for (const each of told) progress.apply(event(each));
  return progress;
}

function frameOf(progress: LiveProgress, now: number, columns = 100, rows = 30): string[] {
  return liveFrame({ progress, began: 0, jobs: 4 }, now, { columns, rows, paint });
}

const paint: Terminal['paint'] = (_style, text) => text;

const started = (task: string, attempt = 1): Told => ['run.task.started', task, { attempt }];

test('what runs stands in the order of the graph, with its time, and the run below', () => {
  const progress = progressOf(planOf('a', 'b', 'c', 'd'), [
    started('c'),
    started('b'),
    started('a'),
    ['run.task.succeeded', 'a', { data: { durationMs: 1 } }],
  ]);
  expect(frameOf(progress, 2_500)).toEqual([
    '  b  2.5 s',
    '  c  2.5 s',
    '████░░░░░░░░░░░░ 1/4  2.5 s  2/4 slots  1 succeeded',
  ]);
});

test('progress, later attempts and the time to the next one are shown', () => {
  const progress = progressOf(planOf('counting', 'waiting', 'open', 'again'), [
    started('counting'),
    ['run.task.progress', 'counting', { data: { done: 5, total: 10 } }],
    started('open'),
    ['run.task.progress', 'open', { data: { done: 7, total: null } }],
    started('waiting'),
    ['run.task.retrying', 'waiting', { data: { reason: 'timed_out', dueAt: 60_000 } }],
    started('again'),
    ['run.task.retrying', 'again', { data: { reason: 'failed', dueAt: 10 } }],
    started('again', 2),
  ]);
  expect(frameOf(progress, 1_000).slice(0, -1)).toEqual([
    '  counting  ██████░░░░░░ 5/10  1.0 s',
    '  waiting   timed out, attempt 2 of 3 in 59.0 s  1.0 s',
    '  open      7 done  1.0 s',
    '  again     attempt 2 of 3  1.0 s',
  ]);
  expect(frameOf(progress, 61_000)[1]).toContain('attempt 2 of 3 waits for a slot');
});

test('the progress of an attempt that failed is not that of the next', () => {
  const progress = progressOf(planOf('a'), [
    started('a'),
    ['run.task.progress', 'a', { data: { done: 9, total: 10 } }],
    ['run.task.retrying', 'a', { data: { reason: 'failed', dueAt: 0 } }],
    started('a', 2),
  ]);
  expect(frameOf(progress, 0)[0]).not.toContain('9/10');
});

test('elements of a mapped task are counted, and each takes a slot', () => {
  const progress = progressOf(planOf('each'), [
    ['run.task.ready', 'each'],
    ['run.task.expanded', 'each', { data: { elements: 4 } }],
    ['run.task.started', 'each', { element: 0, attempt: 1 }],
    ['run.task.started', 'each', { element: 1, attempt: 1 }],
    ['run.task.started', 'each', { element: 2, attempt: 1 }],
    ['run.task.succeeded', 'each', { element: 0 }],
    ['run.task.failed', 'each', { element: 1, data: { reason: 'failed' } }],
  ]);
  expect(frameOf(progress, 0)).toEqual([
    '  each  ██████░░░░░░ 2/4  1 running  1 failed  0.0 ms',
    '░░░░░░░░░░░░░░░░ 0/1  0.0 ms  1/4 slots',
  ]);
});

test('a run that is taken up again counts what it keeps', () => {
  const earlier = emptyRun('r');
  earlier.tasks.set('a', { status: 'succeeded', attempts: 1 });
  earlier.tasks.set('b', { status: 'failed', attempts: 1 });
  const progress = progressOf(planOf('a', 'b'), [started('b', 2)], earlier);
  expect(frameOf(progress, 0)).toEqual([
    '  b  attempt 2 of 3  0.0 ms',
    '████████░░░░░░░░ 1/2  0.0 ms  1/4 slots  1 succeeded',
  ]);
});

test('a frame is never wider or higher than the screen', () => {
  const names = Array.from({ length: 50 }, (_, index) => `${'long_name_'.repeat(9)}${index}`);
  const progress = progressOf(
    planOf(...names),
    names.map((name) => started(name)),
  );
  for (const columns of [1, 5, 20, 79, 300]) {
    for (const rows of [1, 2, 3, 5, 10, 100]) {
      const frame = frameOf(progress, 0, columns, rows);
      expect(frame.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
      for (const row of frame) expect(stringWidth(row)).toBeLessThan(Math.max(1, columns));
    }
  }
  expect(frameOf(progress, 0, 80, 10).at(-2)).toBe('  … and 43 more under way');
});

test('a terminal made narrower is cleared of the rows that it broke in two', () => {
  const written: string[] = [];
  const screen = { columns: 100, rows: 24 };
  const terminal = {
    err: (text: string) => void written.push(text),
    paint,
    get columns() {
      return screen.columns;
    },
    get rows() {
      return screen.rows;
    },
  } as Terminal;
  const progress = progressOf(planOf('a'), []);
  using view = new LiveView({ progress, began: 0, jobs: 4 }, terminal);
  view.changed(event(started('a')));
  vi.advanceTimersByTime(80);
  expect(written.at(-1)).toBe('  a  80 ms\n░░░░░░░░░░░░░░░░ 0/1  80 ms  1/4 slots\n');
  screen.columns = 20;
  vi.advanceTimersByTime(80);
  // One row of 10 columns, one of 38.
  // oxlint-disable-next-line no-control-regex -- moves of the cursor
  expect(written.at(-1)).toMatch(/^\r\u001B\[3A\u001B\[J {2}a {2}160 ms\n/);
});

test('a run that is being stopped says so, and how long it waits at most', () => {
  const stopping: Told = ['run.stopping', undefined, { time: 1_000, data: { graceMs: 5_000 } }];
  const progress = progressOf(planOf('a', 'b'), [started('a'), stopping]);
  expect(frameOf(progress, 2_600).at(-1)).toBe(
    '░░░░░░░░░░░░░░░░ 0/2  2.6 s  1/4 slots  stopping: waits 4.0 s at most',
  );
  expect(frameOf(progress, 60_000).at(-1)).toContain('stopping: kills the running tasks');
  progress.apply(event(['run.task.cancelled', 'a', { data: {} }]));
  expect(frameOf(progress, 60_000).at(-1)).not.toContain('stopping');
});
