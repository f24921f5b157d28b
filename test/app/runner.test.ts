/** A runner in this process, on a state of its own: what it takes, begins, resumes, hands back and gives up. */
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/app/engine.ts';
import type { CallerContext } from '../../src/app/project/caller-context.ts';
import { readRun } from '../../src/app/project/find-run.ts';
import { planQueued } from '../../src/app/scheduling/plan-queued.ts';
import { Runner, type RunnerNews, type RunnerOptions } from '../../src/app/scheduling/runner.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { QueuedRun } from '../../src/model/queued-run.ts';
import type { RunRecord } from '../../src/model/run.ts';
import { thisProcess } from '../../src/store/process-identity.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { onWake } from '../../src/store/wake.ts';
import { until } from '../waiting.ts';

const GATED = `name: gated
params: { of: { type: string, default: none } }
tasks:
  gate: { run: "echo \${params.of} > at; while ! [ -e go ]; do sleep 0.02; done" }
`;
const POLICY = {
  byLevel: false,
  onFailure: 'continue',
  graceMs: 50,
  cache: { read: true, write: true },
} as const;
/** A process of this machine that does not exist: no pid is as large. */
const DEAD = { ...thisProcess(), pid: 2 ** 22 + 1 };

let folder: string;
let engine: Engine;
let news: RunnerNews[];
let stop: AbortController;
let work: Promise<void>;
/** Stores of processes that died without closing them. */
let left: RunStore[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-runner-')));
  engine = openEngine({ project: folder, caller: caller(), jobs: 2 });
  news = [];
  left = [];
  stop = new AbortController();
  work = Promise.resolve();
  write('gated.yaml', GATED);
});

afterEach(async () => {
  stop.abort();
  await engine.close();
  await work;
  for (const store of left) store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const state = (): string => join(folder, '.dp');
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const caller = (): CallerContext => ({
  cwd: folder,
  env: { PATH: process.env['PATH'] },
  clock: systemClock,
});

/** Starts the runner. */
function begin(more: Partial<RunnerOptions> = {}): Runner {
  const runner = new Runner({
    engine,
    clock: systemClock,
    policy: POLICY,
    plan: (run) => planQueued(run, caller()),
    atOnce: 16,
    onCrash: 'resume',
    idleMs: 60_000,
    onWake: (act) => onWake(state(), act),
    hear: (one) => news.push(one),
    ...more,
  });
  work = runner.work(stop.signal);
  return runner;
}

/** Queues a run as another process does. */
function queue(runId: string, more: Partial<QueuedRun> = {}): void {
  using store = openSqliteStore({ folder: state() });
  store.queue.put({
    runId,
    pipeline: 'gated',
    file: join(folder, 'gated.yaml'),
    params: {},
    startedBy: { by: 'api' },
    queuedAt: Date.now(),
    priority: 'live',
    ...more,
  });
}

function recordOf(runId: string): RunRecord {
  using opened = engine.reading();
  return readRun(opened, runId);
}

function holderOf(runId: string): unknown {
  using opened = engine.reading();
  return opened.store.holder(runId);
}

/** Leaves the run as a killed runner does. */
async function crash(runId: string, resumptions = 0): Promise<void> {
  queue(runId);
  const held = openSqliteStore({ folder: state() });
  left.push(held);
  held.queue.take(DEAD, 1);
  const prepared = await planQueued(
    { pipeline: 'gated', file: join(folder, 'gated.yaml'), params: {} } as QueuedRun,
    caller(),
  );
  const { planId, file, tasks } = prepared.plan;
  const about = tasks.map(({ name, id, codeHash, level, dependsOn }) => ({
    name,
    id,
    codeHash,
    level,
    dependsOn,
  }));
  const request = Buffer.from(JSON.stringify({ params: {}, selection: {}, tasks: about }));
  const common = { v: 1, time: 1_000, runId } as const;
  const run = { runId, pipeline: 'gated', planId, file, startedAt: 1_000, owner: DEAD, request };
  held.begin(run);
  held.append(runId, [
    {
      ...common,
      id: 'begun',
      topic: 'run.started',
      data: { pipeline: 'gated', planId, file, params: {}, tasks: 1, owner: DEAD },
    },
    ...Array.from({ length: resumptions }, (_, n) => ({
      ...common,
      id: `resumed ${n}`,
      topic: 'run.resumed' as const,
      data: { owner: DEAD },
    })),
  ]);
  expect(held.get(runId)?.status).toBe('crashed');
}

const ended = (runId: string): Promise<void> =>
  until(() => news.some((one) => one.is === 'ended' && one.runId === runId));
const failed = (runId: string): Promise<void> =>
  until(() => news.some((one) => one.is === 'failed' && one.runId === runId));

describe('a queued run', () => {
  test('is planned and begun with its parameters, logical time and id, also when it is queued later', async () => {
    begin();
    queue('first', { params: { of: 'monday' }, at: 5_000 });
    await until(() => existsSync(join(folder, 'at')));
    expect(recordOf('first')).toMatchObject({ status: 'running', startedBy: { by: 'api' } });
    write('go', '');
    await ended('first');
    const { status, queuedAt = 0, startedAt } = recordOf('first');
    expect(status).toBe('succeeded');
    expect(startedAt).toBeGreaterThanOrEqual(queuedAt);
    using opened = engine.reading();
    expect(JSON.parse(String(Buffer.from(opened.store.request('first') ?? '')))).toMatchObject({
      params: { of: 'monday' },
      at: 5_000,
    });
  });

  test('that cannot be planned fails once, with every diagnostic at its place', async () => {
    write('gated.yaml', 'name: gated\ntasks:\n  a: { runn: "true" }\n  b: { runn: "true" }\n');
    queue('broken');
    begin();
    await failed('broken');
    const { status, startedAt, error } = recordOf('broken');
    expect({ status, startedAt }).toStrictEqual({ status: 'failed', startedAt: null });
    expect(error).toMatchObject({ name: 'Fault', file: join(folder, 'gated.yaml'), line: 3 });
    expect(error?.errors?.length).toBeGreaterThan(0);
    using opened = engine.reading();
    expect(opened.store.queue.waiting()).toBe(0);
    expect(opened.store.holder('broken')).toBeUndefined();
  });

  test('whose file has another pipeline by now fails', async () => {
    write('gated.yaml', GATED.replace('gated', 'renamed'));
    queue('old');
    begin();
    await failed('old');
    expect(recordOf('old').error?.code).toBe('DP6303');
  });

  test('that took three processes down is not begun again', async () => {
    queue('deadly');
    for (let loss = 0; loss < 3; loss++) {
      const store = openSqliteStore({ folder: state() });
      left.push(store);
      expect(store.queue.take(DEAD, 1)[0]?.losses).toBe(loss);
    }
    begin();
    await failed('deadly');
    expect(recordOf('deadly').error).toMatchObject({
      code: 'DP6302',
      message: expect.stringContaining('3 runners'),
    });
  });

  test('is not begun when it was cancelled while it waited', async () => {
    queue('unwanted');
    expect(engine.cancel('unwanted', { how: 'drain', reason: 'not today' })).toBe('recorded');
    begin({ idleMs: 1 });
    await work;
    expect(news).toStrictEqual([]);
    expect(recordOf('unwanted')).toMatchObject({ status: 'cancelled', startedAt: null });
  });

  test('waits while as many go on as may', async () => {
    begin({ atOnce: 1 });
    queue('one');
    await until(() => existsSync(join(folder, 'at')));
    queue('two');
    const { promise, resolve } = Promise.withResolvers<void>();
    const heard = onWake(state(), resolve);
    queue('three');
    await promise;
    heard[Symbol.dispose]();
    expect(recordOf('two').status).toBe('queued');
    write('go', '');
    await ended('three');
    expect(
      news.filter(({ is }) => is === 'begun').map((one) => 'runId' in one && one.runId),
    ).toEqual(['one', 'two', 'three']);
  });
});

describe('a run whose runner is gone', () => {
  test('is resumed to its end', async () => {
    await crash('left');
    write('go', '');
    begin();
    await ended('left');
    expect(news[0]).toMatchObject({ is: 'resumed', runId: 'left' });
    expect(recordOf('left')).toMatchObject({ status: 'succeeded', startedAt: 1_000 });
  });

  test('fails when it is not to be resumed, or was resumed three times', async () => {
    await crash('again', 3);
    begin();
    await failed('again');
    expect(recordOf('again')).toMatchObject({ status: 'failed', error: { code: 'DP6304' } });
    expect(recordOf('again').tasks.get('gate')?.status).toBe('cancelled');
    stop.abort();
    await work;
    await crash('never');
    stop = new AbortController();
    begin({ onCrash: 'fail' });
    await failed('never');
    expect(recordOf('never').error?.message).toContain('on_crash');
  });

  test('fails when its files have changed', async () => {
    await crash('changed');
    write('gated.yaml', GATED.replace('sleep 0.02', 'sleep 0.03'));
    begin();
    await failed('changed');
    expect(recordOf('changed').error?.code).toBe('DP6007');
  });
});

describe('a runner', () => {
  test('that is stopped finishes what has begun and hands back what has not', async () => {
    const planned = Promise.withResolvers<void>();
    begin({
      plan: async (run) => {
        if (run.runId === 'planned') await planned.promise;
        return planQueued(run, caller());
      },
    });
    queue('begun');
    await until(() => existsSync(join(folder, 'at')));
    queue('planned');
    await until(() => holderOf('planned') !== undefined);
    stop.abort();
    planned.resolve();
    await until(() => news.some(({ is }) => is === 'handed_back'));
    queue('later');
    write('go', '');
    await work;
    expect(recordOf('begun').status).toBe('succeeded');
    using opened = engine.reading();
    expect(opened.store.queue.waiting()).toBe(2);
  });

  test('that is told to cancel its runs ends them as cancelled', async () => {
    const runner = begin();
    queue('long');
    await until(() => existsSync(join(folder, 'at')));
    expect(runner.runs).toBe(1);
    stop.abort();
    runner.cancel('dp schedule stop --now');
    await work;
    expect(recordOf('long')).toMatchObject({ status: 'cancelled' });
  });

  test('ends when it had nothing to do for long enough', async () => {
    begin({ idleMs: 1 });
    await work;
    expect(news).toStrictEqual([]);
  });
});
