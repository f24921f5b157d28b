/** How fast the run store is: appending, listing among 100,000 runs, looking up, opening, flushing, removing. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RunEvent } from '../src/model/event.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { digest, newRun, result, taskSucceeded } from '../test/store/samples.ts';

const TASKS = 10_000;
const RUNS = 100_000;
const BUDGET_LIST_MS = 50;

const folder = mkdtempSync(join(tmpdir(), 'dp-bench-store-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

benchAppend();
benchManyRuns();
benchLookUps();
benchOpening();

function benchAppend(): void {
  const events = eventsOfRun('a', TASKS);
  for (const durability of ['run', 'task'] as const) {
    for (const batch of [1, 10, 100, 1_000]) {
      const place = join(folder, `append-${durability}-${batch}`);
      using store = openSqliteStore({ folder: place, durability });
      store.begin(newRun('a'));
      const part = durability === 'task' ? events.slice(0, 300 * batch) : events; // fsync takes its time
      const ms = timeOf(() => {
        for (let i = 0; i < part.length; i += batch) store.append('a', part.slice(i, i + batch));
      });
      const rate = (part.length / ms) * 1_000;
      say(`append, durability ${durability}, batches of ${batch}`, `${grouped(rate)} events/s`);
    }
  }
  const path = join(folder, 'append-run-1000', 'state.db'); // closed, so without a log beside it
  const bytes = statSync(path).size / events.length;
  say('disk', `${bytes.toFixed(0)} bytes/event, ${grouped(bytes * 3)} bytes/task`);
  using reader = openSqliteStore({ folder: join(folder, 'append-run-1000'), readOnly: true });
  const ms = timeOf(() => Array.from(reader.read('a')));
  say('read', `${grouped((events.length / ms) * 1_000)} events/s`);
}

function benchManyRuns(): void {
  const place = join(folder, 'many');
  openSqliteStore({ folder: place })[Symbol.dispose]();
  fill(join(place, 'state.db'));
  using store = openSqliteStore({ folder: place });
  const lists = {
    'list 20': {},
    'list 20, page 2,500': { before: `r${RUNS / 2}` },
    'list 20 of one pipeline in 10': { pipeline: 'p3' },
    'list 20 failed': { status: 'failed' },
    'list 20 failed of one pipeline': { pipeline: 'p3', status: 'failed' },
    'list 20 crashed (1 in 1,000)': { status: 'crashed' },
    'list 20 running (none)': { status: 'running' },
  } as const;
  for (const [what, query] of Object.entries(lists)) {
    const ms = median(() => store.list({ ...query, limit: 20 }));
    say(`${what} of ${grouped(RUNS)} runs (budget ${BUDGET_LIST_MS} ms)`, `${ms.toFixed(2)} ms`);
    if (ms > BUDGET_LIST_MS) process.exitCode = 1;
  }
  say('list all', `${median(() => store.list()).toFixed(0)} ms`);
  say(
    'last outcome of a task',
    `${(median(() => store.lastOutcome('p3', 't1')) * 1e3).toFixed(0)} µs`,
  );
  const old = Array.from({ length: 10_000 }, (_, i) => `r${i + 1}`);
  say('remove 10,000 runs of 3 events', `${timeOf(() => store.remove(old)).toFixed(0)} ms`);
}

function benchLookUps(): void {
  using store = openSqliteStore({ folder: join(folder, 'cache') });
  const keys = Array.from({ length: 3_000 }, (_, i) => digest(i));
  const entry = { run: 'a', task: 't', output: result('a', 't'), storedAt: 1, expiresAt: null };
  const remember = timeOf(() => keys.forEach((key) => store.remember({ ...entry, key })));
  say('remember 3,000 results, one by one', `${remember.toFixed(0)} ms`);
  say(
    'find 3,000 of them',
    `${median(() => keys.map((key) => store.cached(key, 2))).toFixed(1)} ms`,
  );
}

function benchOpening(): void {
  const place = join(folder, 'cache');
  const opening = (readOnly: boolean): number =>
    median(() => openSqliteStore({ folder: place, readOnly })[Symbol.dispose]());
  say('open and close', `${opening(false).toFixed(2)} ms`);
  say('open to read and close', `${opening(true).toFixed(2)} ms`);
  let made = 0;
  const making = median(() =>
    openSqliteStore({ folder: join(folder, `new-${++made}`) })[Symbol.dispose](),
  );
  say('open and close a new one', `${making.toFixed(2)} ms`);
  using store = openSqliteStore({ folder: place });
  store.begin(newRun('a'));
  const flushing = median(() => {
    store.append('a', eventsOfRun('a', 10));
    store.flush();
  });
  say('append 30 events and flush', `${flushing.toFixed(2)} ms`);
}

/** Three events a task, as of a run without failures. */
function eventsOfRun(run: string, tasks: number): RunEvent[] {
  return Array.from({ length: tasks }, (_, i): RunEvent[] => {
    const common = { v: 1, runId: run, task: `task_${i}`, time: 1_760_000_000_000 + i } as const;
    return [
      { ...common, id: `${run}.${3 * i}`, topic: 'run.task.ready', data: { key: digest(i) } },
      {
        ...common,
        id: `${run}.${3 * i + 1}`,
        topic: 'run.task.started',
        attempt: 1,
        data: { worker: i % 2, token: digest(i).slice(-16) },
      },
      { ...taskSucceeded(run, `task_${i}`), id: `${run}.${3 * i + 2}` },
    ];
  }).flat();
}

/** Straight into the tables: 100,000 runs of three events, of ten pipelines, 1 in 20 failed, 1 in 1,000 crashed. */
function fill(path: string): void {
  using db = new DatabaseSync(path);
  const gone = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), bootId: 'gone' });
  const outcome = JSON.stringify({ output: result('a', 't1'), durationMs: 1, key: digest(1) });
  db.exec(`
    BEGIN;
    CREATE TEMP TABLE n AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT ${RUNS}) SELECT n FROM n;
    INSERT INTO runs (run_id, pipeline, plan_id, file, status, started_at, finished_at, epoch, owner)
      SELECT 'r' || n, 'p' || n % 10, '${digest(1)}', '/project/pipelines/p.yaml',
        CASE WHEN n % 1000 = 1 THEN 'running' WHEN n % 20 = 3 THEN 'failed' ELSE 'succeeded' END, n, n + 1, 1,
        CASE WHEN n % 1000 = 1 THEN '${gone}' END FROM n;
    INSERT INTO requests SELECT n, zeroblob(2000) FROM n;
    INSERT INTO events SELECT n, k, 'r' || n || '.' || k, 'run.task.succeeded', n, 't' || k, 1, NULL, '${outcome}'
      FROM n, (SELECT 1 AS k UNION SELECT 2 UNION SELECT 3);
    INSERT INTO outcomes SELECT 'p' || n % 10, 't' || k, n, k FROM n, (SELECT 1 AS k UNION SELECT 2 UNION SELECT 3);
    COMMIT;
  `);
}

function timeOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Of eleven times, the first of which only warms up. */
function median(work: () => unknown): number {
  const times = Array.from({ length: 11 }, () => timeOf(work)).slice(1);
  return times.sort((a, b) => a - b)[5] ?? 0;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function say(what: string, figure: string): void {
  console.log(`${what.padEnd(64)} ${figure}`);
}
