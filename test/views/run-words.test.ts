import { expect, test } from 'vitest';
import { emptyRun, type TaskRecord } from '../../src/model/run.ts';
import {
  countsText,
  howItFailed,
  isResumable,
  statusAndReason,
} from '../../src/views/run-words.ts';
import { slowestPath, slowestPathText } from '../../src/views/slowest-path.ts';
import { pipelineFrom, planOf } from '../planner/pipelines.ts';

const took = (durationMs: number): TaskRecord => ({ status: 'succeeded', attempts: 1, durationMs });

test('tasks are counted by status, hooks left out', () => {
  const tasks = new Map<string, TaskRecord>([
    ['a', took(1)],
    ['b', { status: 'timed_out', attempts: 1 }],
    ['c', took(1)],
    ['bye', took(1)],
  ]);
  const hooks = new Map([['bye', 'on_finish'] as const]);
  expect(countsText({ ...emptyRun('R'), tasks, hooks })).toBe('2 succeeded, 1 timed out');
  expect(countsText(emptyRun('R'))).toBe('there was nothing to do');
});

test('a failure says how and after how many attempts', () => {
  expect(howItFailed({ status: 'failed', attempts: 2 })).toBe('failed after 2 attempts');
  expect(howItFailed({ status: 'failed', attempts: 1, reason: 'crashed' })).toBe(
    'crashed after 1 attempt',
  );
  expect(howItFailed({ status: 'failed', attempts: 0 })).toBe('failed');
});

test('a reason follows its status, and does not repeat it', () => {
  expect(
    statusAndReason({ status: 'skipped', why: { is: 'condition_false', when: '1 > 2' } }),
  ).toBe('skipped: when: 1 > 2 is false');
  expect(
    statusAndReason({
      status: 'cancelled',
      why: { is: 'cancelled', words: 'cancelled by SIGINT' },
    }),
  ).toBe('cancelled by SIGINT');
  expect(statusAndReason({ status: 'upstream_failed' })).toBe('upstream failed');
});

test('a run can be resumed unless it succeeded or was read from standard input', () => {
  const run = { ...emptyRun('R'), status: 'failed', file: '/p.yaml' } as const;
  expect(isResumable(run)).toBe(true);
  expect(isResumable({ ...run, status: 'succeeded' })).toBe(false);
  expect(isResumable({ ...run, file: '<stdin>' })).toBe(false);
});

test('the slowest path is the chain that took longest together, not the slowest task', async () => {
  const plan = planOf(
    await pipelineFrom(`name: p
tasks:
  a: { run: x }
  b: { run: x, needs: [a] }
  c: { run: x, needs: [b] }
  slow: { run: x }
`),
  );
  const tasks = new Map([
    ['a', took(2_000)],
    ['b', took(1_000)],
    ['c', took(2_000)],
    ['slow', took(4_000)],
  ]);
  const run = { ...emptyRun('R'), tasks };
  expect(slowestPath(run, plan.tasks)).toEqual([
    ['a', 2_000],
    ['b', 1_000],
    ['c', 2_000],
  ]);
  expect(slowestPathText(run, plan)).toBe('a 2.0 s -> b 1.0 s -> c 2.0 s');
});
