/** Measures the run store: appending, listing among 100,000 runs, looking up, opening, flushing, removing. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RunEvent } from '../src/model/event.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { digest, newRun, result, taskSucceeded } from '../test/store/samples.ts';
import { compare, type Subject } from './measure.ts';

const TASKS = 2_000;
const RUNS = 100_000;
const BUDGET_LIST_MS = 50;

const folder = mkdtempSync(join(tmpdir(), 'dp-bench-store-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
let places = 0;
const newPlace = (): string => join(folder, `place-${++places}`);

const events = eventsOfRun('a', TASKS);
await compare(
  'Append: events of no-op tasks, three a task',
  {
    'bare SQLite, one insert an event, batches of 100': bareInserts,
    'batches of 1': appending(1),
    'batches of 10': appending(10),
    'batches of 100': appending(100),
    'batches of 1,000': appending(1_000),
    'each transaction on disk, batches of 100': appending(100, 'task'),
  },
  { unit: 'events' },
);

const written = newPlace();
{
  using store = openSqliteStore({ folder: written });
  store.begin(newRun('a'));
  store.append('a', events);
}
const bytes = statSync(join(written, 'state.db')).size / events.length; // closed: no log beside it
console.log(`  on disk: ${bytes.toFixed(0)} bytes an event, ${(3 * bytes).toFixed(0)} a task`);
{
  using store = openSqliteStore({ folder: written, readOnly: true });
  const reading = (): number => Array.from(store.read('a')).length;
  await compare('Read: all events of a run', { read: reading }, { unit: 'events' });
}

const many = newPlace();
openSqliteStore({ folder: many })[Symbol.dispose]();
fill(join(many, 'state.db'));
{
  using store = openSqliteStore({ folder: many });
  const listing = (query: Parameters<typeof store.list>[0]): Subject =>
    repeated(() => store.list({ ...query, limit: 20 }));
  const lists = await compare(
    `List: 20 of 100,000 runs; budget ${BUDGET_LIST_MS} ms`,
    {
      newest: listing({}),
      'page 2,500': listing({ before: `r${RUNS / 2}` }),
      'of one pipeline in ten': listing({ pipeline: 'p3' }),
      failed: listing({ status: 'failed' }),
      'failed, of one pipeline': listing({ pipeline: 'p3', status: 'failed' }),
      'crashed, 1 in 1,000': listing({ status: 'crashed' }),
      'running, of which there is none': listing({ status: 'running' }),
    },
    { unit: 'lists' },
  );
  if (lists.some(({ median }) => 1_000 / median > BUDGET_LIST_MS)) process.exitCode = 1;
  const oldest = Array.from({ length: 500 }, (_, i) => `r${i + 1}`);
  await compare(
    'Look up and remove, among 100,000 runs',
    {
      'last outcome of a task': repeated(() => store.lastOutcome('p3', 't1')),
      'one run': repeated(() => store.get('r70000')),
      'remove a run of three events': () => {
        const step = oldest.splice(0, 50);
        store.remove(step);
        return step.length;
      },
    },
    { unit: 'runs' },
  );
}

const small = newPlace();
{
  using store = openSqliteStore({ folder: small });
  const keys = Array.from({ length: 3_000 }, (_, i) => digest(i));
  store.begin(newRun('c'));
  const entry = { run: 'a', task: 't', output: result('a', 't'), storedAt: 1, expiresAt: null };
  await compare(
    'Cache: 3,000 entries, one by one',
    {
      remember: () => (
        keys.forEach((key) => store.append('c', [], [{ ...entry, key }])),
        keys.length
      ),
      find: () => keys.filter((key) => store.cached(key, 2) !== undefined).length,
    },
    { unit: 'entries' },
  );
  store.begin(newRun('a'));
  const batch = eventsOfRun('a', 10);
  await compare(
    'Open, close, flush',
    {
      'open and close': repeated(() => openSqliteStore({ folder: small })[Symbol.dispose]()),
      'open to read, and close': repeated(() =>
        openSqliteStore({ folder: written, readOnly: true })[Symbol.dispose](),
      ),
      'make, open and close': repeated(() =>
        openSqliteStore({ folder: newPlace() })[Symbol.dispose](),
      ),
      'append 30 events and flush': repeated(() => (store.append('a', batch), store.flush())),
    },
    { unit: 'times' },
  );
}

function appending(batch: number, durability: 'run' | 'task' = 'run'): Subject {
  return () => {
    using store = openSqliteStore({ folder: newPlace(), durability });
    store.begin(newRun('a'));
    for (let i = 0; i < events.length; i += batch) store.append('a', events.slice(i, i + batch));
    return events.length;
  };
}

/** Inserts the same columns without summary, outcome or fencing, which appending cannot beat. */
function bareInserts(): number {
  using db = new DatabaseSync(`${newPlace()}.db`);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE e (run INT, seq INT, id TEXT, topic TEXT, time INT, task TEXT, attempt INT, element INT, data TEXT,
      PRIMARY KEY (run, seq)) WITHOUT ROWID`);
  const insert = db.prepare('INSERT INTO e VALUES (1, ?, ?, ?, ?, ?, ?, NULL, ?)');
  events.forEach(({ id, topic, time, task = null, attempt = null, data }, seq) => {
    if (seq % 100 === 0) db.exec('BEGIN IMMEDIATE');
    insert.run(seq, id, topic, time, task, attempt, JSON.stringify(data));
    if (seq % 100 === 99) db.exec('COMMIT');
  });
  return events.length;
}

/** Returns a subject with enough calls to be measured. */
function repeated(call: () => unknown): Subject {
  return () => {
    for (let i = 0; i < 20; i++) call();
    return 20;
  };
}

/** Returns three events per task, as in a run without failures. */
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

/** Writes 100,000 runs directly into the tables: three events each, ten pipelines, 1 in 20 failed, 1 in 1,000 crashed. */
function fill(path: string): void {
  using db = new DatabaseSync(path);
  const gone = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), bootId: 'gone' });
  const outcome = JSON.stringify({ output: result('a', 't1'), durationMs: 1, key: digest(1) });
  db.exec(`
    BEGIN;
    CREATE TEMP TABLE n AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT ${RUNS}) SELECT n FROM n;
    INSERT INTO runs (run_id, pipeline, plan_id, file, status, started_at, finished_at, epoch, owner)
      SELECT 'r' || n, 'p' || (n % 10), '${digest(1)}', '/project/pipelines/p.yaml',
        CASE WHEN n % 1000 = 1 THEN 'running' WHEN n % 20 = 3 THEN 'failed' ELSE 'succeeded' END, n, n + 1, 1,
        CASE WHEN n % 1000 = 1 THEN '${gone}' END FROM n;
    INSERT INTO requests SELECT n, zeroblob(2000) FROM n;
    INSERT INTO events SELECT n, k, 'r' || n || '.' || k, 'run.task.succeeded', n, 't' || k, 1, NULL, '${outcome}'
      FROM n, (SELECT 1 AS k UNION SELECT 2 UNION SELECT 3);
    INSERT INTO outcomes SELECT 'p' || (n % 10), 't' || k, n, k FROM n, (SELECT 1 AS k UNION SELECT 2 UNION SELECT 3);
    COMMIT;
  `);
}
