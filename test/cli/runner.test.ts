/** Real runners on queued runs: killed, stopped, beside each other. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QueuedRun } from '../../src/model/queued-run.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { until } from '../waiting.ts';
import { type DpProcess, Project } from './rig.ts';

const GATED = `name: gated
tasks:
  gate: { run: "echo x >> at; while ! [ -e go ]; do sleep 0.02; done" }
`;

let project: Project;

beforeEach(() => {
  project = new Project({ 'pipelines/gated.yaml': GATED });
});

afterEach(() => {
  project[Symbol.dispose]();
});

function begin(): DpProcess {
  return project.start({}, 'schedule-runner');
}

function queue(...ids: readonly string[]): void {
  using store = openSqliteStore({ folder: project.path('.dp') });
  for (const runId of ids) store.queue.put(queuedRun(runId));
}

const queuedRun = (runId: string): QueuedRun => ({
  runId,
  pipeline: 'gated',
  file: project.path('pipelines/gated.yaml'),
  params: {},
  startedBy: { by: 'trigger', trigger: 'gated/nightly', tick: '2026-11-30T03:00:00.000Z' },
  queuedAt: Date.now(),
  priority: 'live',
});

function statusOf(runId: string): string | undefined {
  using store = openSqliteStore({ folder: project.path('.dp'), readOnly: true });
  return store.get(runId)?.status;
}

const becomes = (runId: string, status: string): Promise<void> =>
  until(() => statusOf(runId) === status);

test('a queued run shows as queued, is cancelled by hand, and the next one is executed', async () => {
  queue('first', 'second');
  const { json } = await project.ok('runs', '--json');
  expect(json.runs).toMatchObject([
    { runId: 'second', status: 'queued', startedAt: null, planId: null },
    {
      runId: 'first',
      queuedAt: expect.any(String),
      startedBy: { by: 'trigger', trigger: 'gated/nightly' },
    },
  ]);
  expect((await project.ok('show', 'first')).out).toContain('by trigger gated/nightly');
  await project.ok('cancel', 'first');
  expect((await project.ok('show', 'first', '--json')).json.status).toBe('cancelled');
  project.write({ 'pipelines/go': '' });
  begin();
  await becomes('second', 'succeeded');
  expect(statusOf('first')).toBe('cancelled');
  expect((await project.ok('doctor', '--json')).json).toMatchObject({ problems: 0 });
});

test('a run that cannot be planned fails on record, with its mistakes, and the state is sound', async () => {
  project.write({ 'pipelines/gated.yaml': 'name: gated\ntasks:\n  a: { runn: "true" }\n' });
  queue('first');
  const runner = begin();
  await becomes('first', 'failed');
  const { out } = await project.ok('show', 'first');
  expect(out).toContain('never began');
  expect(out).toMatch(/DP1004: unknown key "runn".*\(pipelines\/gated.yaml:3:8\)/);
  expect((await project.ok('doctor', '--json')).json.problems).toBe(0);
  runner.signal('SIGTERM');
  await runner.ended;
});

test('a queued run can neither be resumed nor exported, and recover and gc leave it alone', async () => {
  queue('first');
  for (const words of [
    ['resume', 'first'],
    ['retry', 'first'],
    ['export', 'first', '--out', 'a.tar'],
  ]) {
    const { code, err } = await project.dp(...words);
    expect(code).toBe(6);
    expect(err).toContain('has not begun');
  }
  await project.ok('recover');
  await project.ok('gc', '--keep', '0d');
  expect(statusOf('first')).toBe('queued');
});

test('who is killed with its run is followed by another, which resumes it', async () => {
  queue('first');
  const one = begin();
  await until(() => existsSync(project.path('pipelines/at')));
  one.signal('SIGKILL');
  await one.ended;
  expect(statusOf('first')).toBe('crashed');
  project.write({ 'pipelines/go': '' });
  begin();
  await becomes('first', 'succeeded');
  const { json } = await project.ok('show', 'first', '--json');
  expect(json.tasks.gate.attempts).toBe(2);
});

test('SIGTERM lets what has begun end and takes no more; SIGINT cancels it', async () => {
  queue('first');
  const one = begin();
  await until(() => existsSync(project.path('pipelines/at')));
  one.signal('SIGTERM');
  queue('second');
  project.write({ 'pipelines/go': '' });
  expect((await one.ended).code).toBe(0);
  expect([statusOf('first'), statusOf('second')]).toEqual(['succeeded', 'queued']);
  project.write({ 'pipelines/gated.yaml': GATED.replace('-e go', '-e never') });
  const two = begin();
  await becomes('second', 'running');
  two.signal('SIGINT');
  expect((await two.ended).code).toBe(0);
  expect(statusOf('second')).toBe('cancelled');
});

test('two runners share the queue: each run begins once', async () => {
  project.write({ 'pipelines/gated.yaml': "name: gated\ntasks: { a: { run: 'echo x >> at' } }\n" });
  const ids = Array.from({ length: 12 }, (_, n) => `run${n}`);
  begin();
  begin();
  for (const id of ids) queue(id);
  for (const id of ids) await becomes(id, 'succeeded');
  expect(project.read('pipelines/at').trim().split('\n')).toHaveLength(12);
});
