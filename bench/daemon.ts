/**
 * Measures a daemon and a warm runner: from an accepted run to its first task, and many ticks of one instant until all have begun.
 * Budgets: 20 ms over the task alone, and 3 s for 500 ticks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngine } from '../src/app/engine.ts';
import { planQueued } from '../src/app/scheduling/plan-queued.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { QueuedRun } from '../src/model/queued-run.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { median } from './measure.ts';
import { POLICY } from './policy.ts';

const RUNS = 30;
const TICKS = 500;
const PERIOD_MS = 30_000;
const BUDGET_MS = { accepted: 20, instant: 3_000 };

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-')));
const state = join(folder, '.dp');
const caller = { cwd: folder, env: process.env, clock: systemClock, projects: new Map() };
mkdirSync(join(folder, 'pipelines'));
write('package.json', '{ "type": "module" }');
write('dp.yaml', `schedule: { max_runs: ${TICKS} }\n`);
write('pipelines/m.mjs', 'export const nothing = () => undefined;');
write('pipelines/one.yaml', 'name: one\nmodules: [./m.mjs]\ntasks: { nothing: {} }\n');

try {
  await accepted();
  await oneInstant();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Alternates between a run of an engine in this process and one that a runner takes, so that load hits both. */
async function accepted(): Promise<void> {
  const runner = dp('schedule-runner');
  const engine = openEngine({
    project: folder,
    caller: { ...caller, stateFolder: join(folder, 'alone') },
    jobs: 1,
  });
  using store = openSqliteStore({ folder: state });
  const figures: { alone: number; queued: number }[] = [];
  for (let n = 0; n < RUNS + 3; n++) {
    const run = queuedRun(`run${n}`);
    const began = Date.now();
    const started = engine.start(await planQueued(run, caller), POLICY);
    if (started.is !== 'begun') throw new Error('the run was started before');
    await started.running.handle.ended;
    const { store: own } = started.running.state;
    const alone = firstTask(own, started.running.runId) - began;
    const queuedAt = Date.now();
    store.queue.put({ ...run, queuedAt });
    while (store.get(run.runId)?.status !== 'succeeded') await sleep(2);
    // The first ones warm up.
    if (n >= 3) figures.push({ alone, queued: firstTask(store, run.runId) - queuedAt });
  }
  runner.kill('SIGTERM');
  await engine.close();
  const [alone, queued] = [
    median(figures.map((one) => one.alone)),
    median(figures.map((one) => one.queued)),
  ];
  console.log(
    `accepted to first task: ${queued} ms, planned and begun in one process: ${alone} ms`,
  );
  console.log(`  a warm runner adds ${queued - alone} ms, budget ${BUDGET_MS.accepted} ms`);
  if (queued - alone > BUDGET_MS.accepted) process.exitCode = 1;
}

async function oneInstant(): Promise<void> {
  const names = Array.from(
    { length: TICKS },
    (_, n) => `{ name: t${n}, every: ${PERIOD_MS / 1_000}s, overlap: allow }`,
  );
  write(
    'pipelines/one.yaml',
    `name: one\nmodules: [./m.mjs]\ntasks: { nothing: {} }\ntriggers: [${names.join(', ')}]\n`,
  );
  dp('schedule');
  using store = openSqliteStore({ folder: state });
  const ofTriggers = () => store.list().filter(({ startedBy }) => startedBy?.by === 'trigger');
  while (ofTriggers().filter(({ status }) => status === 'succeeded').length < TICKS)
    await sleep(100);
  const runs = ofTriggers().toReversed().slice(0, TICKS);
  const instant =
    Math.floor(Math.min(...runs.map(({ queuedAt = 0 }) => queuedAt)) / PERIOD_MS) * PERIOD_MS;
  const last = Math.max(...runs.map(({ startedAt }) => startedAt ?? Infinity));
  await once(dp('schedule', 'stop', '--wait'), 'exit');
  console.log(
    `${TICKS} ticks in one instant: all begun within ${last - instant} ms, budget ${BUDGET_MS.instant} ms`,
  );
  if (last - instant > BUDGET_MS.instant) process.exitCode = 1;
}

function firstTask(store: ReturnType<typeof openSqliteStore>, run: string): number {
  for (const { event } of store.read(run))
    if (event.topic === 'run.task.started') return event.time;
  throw new Error(`no task of run ${run} has begun`);
}

function queuedRun(runId: string): QueuedRun {
  const file = join(folder, 'pipelines/one.yaml');
  const startedBy = { by: 'api' } as const;
  return { runId, pipeline: 'one', file, params: {}, startedBy, queuedAt: 0, priority: 'live' };
}

/** dp from its bundle where there is one. */
function dp(...words: readonly string[]): ChildProcess {
  const bundle = join(import.meta.dirname, '../dist/dp.cjs');
  const main = existsSync(bundle) ? bundle : join(import.meta.dirname, '../src/cli/main.ts');
  return spawn(process.execPath, [main, ...words], { cwd: folder, stdio: 'ignore' });
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}
