/** The schema of the state database, as the steps that lead to it. Steps are only ever added. */
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../model/fault.ts';

/**
 * One step forward. `to` is major × 1,000 + minor. A new minor only adds (tables, or columns with a default), so that
 * programs of the same major can still read and write; a new major locks older programs out.
 */
export interface Migration {
  readonly to: number;
  readonly sql: string;
}

/** "dp" and a number, in the header of the file: identifies dp's databases. */
const APPLICATION_ID = 0x64700001;

export const MIGRATIONS: readonly Migration[] = [
  {
    to: 1000,
    sql: `
      -- n orders runs by when they began, whatever the clock said, and is never given twice.
      CREATE TABLE runs (
        n           INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id      TEXT NOT NULL UNIQUE,
        pipeline    TEXT NOT NULL,
        plan_id     TEXT NOT NULL,
        file        TEXT NOT NULL,
        status      TEXT NOT NULL,
        started_at  INTEGER NOT NULL,
        finished_at INTEGER,
        parent      TEXT,
        epoch       INTEGER NOT NULL, -- fencing: only the holder of the newest may append
        owner       TEXT              -- JSON; null: nobody holds the run
      ) STRICT;
      CREATE INDEX runs_by_pipeline ON runs (pipeline);
      CREATE INDEX runs_by_status ON runs (status);
      CREATE INDEX runs_by_pipeline_and_status ON runs (pipeline, status);

      -- Apart from runs, so that listing never meets a payload.
      CREATE TABLE requests (
        run     INTEGER PRIMARY KEY,
        request BLOB NOT NULL
      ) STRICT;

      CREATE TABLE events (
        run     INTEGER NOT NULL,
        seq     INTEGER NOT NULL,
        id      TEXT NOT NULL,
        topic   TEXT NOT NULL,
        time    INTEGER NOT NULL,
        task    TEXT,
        attempt INTEGER,
        element INTEGER,
        data    TEXT, -- JSON
        PRIMARY KEY (run, seq)
      ) STRICT, WITHOUT ROWID;

      -- Where the events are that say a task succeeded or was cached: the newest run last.
      CREATE TABLE outcomes (
        pipeline TEXT NOT NULL,
        task     TEXT NOT NULL,
        run      INTEGER NOT NULL,
        seq      INTEGER NOT NULL,
        PRIMARY KEY (pipeline, task, run)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE cache (
        key        TEXT PRIMARY KEY,
        run_id     TEXT NOT NULL,
        task       TEXT NOT NULL,
        output     TEXT NOT NULL,
        stored_at  INTEGER NOT NULL,
        expires_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX cache_by_run ON cache (run_id);

      -- Runs that are gone for every reader, whose events are still being deleted.
      CREATE TABLE removed_runs (
        run      INTEGER PRIMARY KEY,
        pipeline TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    to: 1001,
    sql: `
      -- A slot of a named pool that a run holds or waits for; n is the order in which runs began to wait.
      CREATE TABLE slots (
        n        INTEGER PRIMARY KEY AUTOINCREMENT,
        pool     TEXT NOT NULL,
        run      INTEGER NOT NULL,
        epoch    INTEGER NOT NULL, -- void once the run has another
        unit     TEXT NOT NULL,
        asked_at INTEGER           -- null: held
      ) STRICT;
      CREATE UNIQUE INDEX slots_by_unit ON slots (pool, run, unit);
    `,
  },
  {
    to: 1002,
    sql: `
      -- What other processes ask of the holder of a run; gone with its answer.
      CREATE TABLE cancel_requests (
        run    INTEGER PRIMARY KEY,
        how    TEXT NOT NULL,
        reason TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    to: 1003,
    sql: `
      -- When the owner last told that it lives, for those who cannot see its process; null: an older dp holds the run.
      ALTER TABLE runs ADD COLUMN beat_at INTEGER;
      ALTER TABLE runs ADD COLUMN beat_uptime INTEGER; -- monotonic, since the boot of its machine
      -- From the run's beginning to its end, by a monotonic clock; null: not known, or not ended.
      ALTER TABLE runs ADD COLUMN duration_ms INTEGER;
      -- When the run was imported, and the host that executed it; null: it was begun in this state.
      ALTER TABLE runs ADD COLUMN imported_at INTEGER;
      ALTER TABLE runs ADD COLUMN imported_from TEXT;
    `,
  },
  {
    to: 1004,
    sql: `
      -- The order of the events of all runs: each row is a batch, whose last event has the position "last".
      -- The newest row is never deleted, so that no position is given twice.
      CREATE TABLE event_batches (
        last   INTEGER PRIMARY KEY,
        run    INTEGER,          -- null: the event is in published_events
        seq    INTEGER NOT NULL, -- of the batch's first event in its run
        events INTEGER NOT NULL
      ) STRICT;
      INSERT INTO event_batches
        SELECT sum(events) OVER (ORDER BY run), run, 1, events
        FROM (SELECT run, max(seq) AS events FROM events GROUP BY run)
        WHERE run IN (SELECT n FROM runs WHERE imported_at IS NULL);

      -- Events that belong to no run.
      CREATE TABLE published_events (
        position INTEGER PRIMARY KEY,
        id       TEXT NOT NULL,
        topic    TEXT NOT NULL,
        time     INTEGER NOT NULL,
        data     TEXT -- JSON
      ) STRICT;
    `,
  },
  {
    to: 1005,
    sql: `
      -- When the run was accepted; null: it began at once. Until it begins, plan_id is empty, epoch counts from 0, and
      -- started_at is the time at which it was accepted.
      ALTER TABLE runs ADD COLUMN queued_at INTEGER;
      ALTER TABLE runs ADD COLUMN started_by TEXT; -- JSON; null: an older dp wrote the run

      -- Runs that have not begun. Their requests have no tasks yet.
      CREATE TABLE queued_runs (
        run      INTEGER PRIMARY KEY,
        priority INTEGER NOT NULL, -- 0: live, 1: of a backfill
        losses   INTEGER NOT NULL  -- how often a process took the run and died before it began
      ) STRICT;

      -- Limits on how many of the runs that have begun and not ended go on at once; gone with the end of the run.
      CREATE TABLE lanes (
        name TEXT NOT NULL,
        run  INTEGER NOT NULL,
        most INTEGER NOT NULL,
        PRIMARY KEY (name, run)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX lanes_by_run ON lanes (run);

      -- The daemons and runners of this state.
      CREATE TABLE processes (
        n           INTEGER PRIMARY KEY AUTOINCREMENT,
        kind        TEXT NOT NULL, -- daemon, runner
        owner       TEXT NOT NULL, -- JSON
        since       INTEGER NOT NULL,
        version     TEXT NOT NULL,
        beat_at     INTEGER NOT NULL,
        beat_uptime INTEGER NOT NULL,
        told        TEXT           -- JSON: what the process says of itself
      ) STRICT;

      -- Which process does what only one may do; epoch is the fencing number of its holder.
      CREATE TABLE leases (
        name    TEXT PRIMARY KEY,
        process INTEGER NOT NULL,
        epoch   INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    to: 1006,
    sql: `
      -- Every trigger that a scheduler has seen.
      CREATE TABLE triggers (
        n            INTEGER PRIMARY KEY AUTOINCREMENT,
        name         TEXT NOT NULL UNIQUE, -- PIPELINE/NAME
        definition   TEXT,                 -- JSON; null: its file has it no more
        tz           TEXT NOT NULL,        -- version of the time zone data
        decided_to   INTEGER NOT NULL,     -- every tick up to here has its row
        armed        INTEGER,              -- the next instant; null: there is none
        pause        TEXT,                 -- JSON; null: it is not paused
        streak       TEXT,                 -- JSON: the outcome of the latest rows, and how many have it
        cursor       INTEGER,              -- position of the bus up to which events are consumed
        forgotten_to INTEGER               -- ticks before were removed
      ) STRICT;

      -- When each schedule of a trigger was valid: after valid_from, up to valid_to; null: it is.
      CREATE TABLE trigger_windows (
        trigger_n  INTEGER NOT NULL,
        valid_from INTEGER NOT NULL,
        valid_to   INTEGER,
        tz         TEXT NOT NULL,
        definition TEXT NOT NULL, -- JSON
        PRIMARY KEY (trigger_n, valid_from)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE ticks (
        n          INTEGER PRIMARY KEY,
        trigger_n  INTEGER NOT NULL,
        firing     TEXT NOT NULL,    -- identity within the trigger
        at         INTEGER NOT NULL,
        until      INTEGER,          -- the row stands for "count" ticks up to here
        count      INTEGER,
        outcome    TEXT NOT NULL,
        why        TEXT NOT NULL,    -- JSON: the rest of the verdict
        decided_at INTEGER NOT NULL,
        decided_by TEXT NOT NULL,
        tz         TEXT NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX ticks_by_firing ON ticks (trigger_n, firing);
      CREATE INDEX ticks_by_trigger ON ticks (trigger_n, at);
      CREATE INDEX ticks_by_time ON ticks (at);
      CREATE INDEX ticks_in_spans ON ticks (trigger_n, at, until) WHERE until IS NOT NULL;
    `,
  },
  {
    to: 1007,
    sql: `
      -- The exchange of events with brokers, by address without password.
      CREATE TABLE broker_links (
        broker      TEXT PRIMARY KEY,
        epoch       INTEGER NOT NULL, -- fencing: only the process that took the exchange last may go on with it
        sent        INTEGER NOT NULL, -- position of the last event that was sent, or was not to be
        received    TEXT,             -- place in the broker behind the last event that was received
        owner       TEXT,             -- JSON; null: nobody has it
        beat_at     INTEGER,
        beat_uptime INTEGER
      ) STRICT, WITHOUT ROWID;

      -- Published events that came from a broker, and what they said of a run elsewhere.
      CREATE TABLE received_events (
        position INTEGER PRIMARY KEY,
        about    TEXT NOT NULL -- JSON
      ) STRICT;
      CREATE INDEX published_by_id ON published_events (id);
    `,
  },
  {
    to: 1008,
    sql: `
      -- What a result in the cache depends on besides its key; the key of such an entry has a # in it.
      CREATE TABLE cache_notes (
        key   TEXT PRIMARY KEY,
        notes TEXT NOT NULL -- JSON; the output files, too
      ) STRICT, WITHOUT ROWID;
    `,
  },
];

/**
 * Returns the version of the database: 0 when it is still empty.
 * Throws DP8001 when it is not dp's, DP8003 when its major is later than `migrations` lead to, DP8004 when no dp can have left it so.
 */
export function versionOf(
  db: DatabaseSync,
  path: string,
  migrations: readonly Migration[],
): number {
  const { application, version: found, tables } = headerOf(db);
  if (application !== APPLICATION_ID) {
    if (tables.length === 0) return 0;
    throw new Fault(
      'DP8001',
      `not a state database of dp, but a file of another program: ${path}`,
      {
        hint: { do: 'chooseStateFolder' },
      },
    );
  }
  if (majorOf(found) > majorOf(latest(migrations))) {
    throw new Fault('DP8003', `a newer dp wrote the state database (${inWords(found)}): ${path}`, {
      hint: [
        `update dp, which reads up to ${inWords(latest(migrations))} here`,
        { do: 'chooseStateFolder' },
      ],
    });
  }
  const damage = damageOf(found, tables, migrations);
  if (damage === undefined) return found;
  throw new Fault('DP8004', `the state database is damaged (${damage}): ${path}`, {
    hint: 'move state.db, state.db-wal and state.db-shm aside, or restore them from a backup; stored results stay',
  });
}

/** Returns what no migration step can have caused; undefined when there is no such damage. */
function damageOf(
  version: number,
  tables: readonly string[],
  migrations: readonly Migration[],
): string | undefined {
  if (version < (migrations[0]?.to ?? 0)) return `its version is ${version}, which no dp gives`;
  const missing = tablesOf(version, migrations).filter((table) => !tables.includes(table));
  return missing.length === 0 ? undefined : `its tables lack ${missing.join(', ')}`;
}

/** Tables are never dropped within a major. */
const tablesOf = (version: number, migrations: readonly Migration[]): string[] =>
  migrations
    .filter(({ to }) => to <= version && majorOf(to) === majorOf(version))
    .flatMap(({ sql }) => [...sql.matchAll(/CREATE TABLE (\w+)/g)].map(([, name = '']) => name));

export function isCurrent(version: number, migrations: readonly Migration[]): boolean {
  return version >= latest(migrations);
}

/** Applies every missing step, all or none. When many processes try at once, one of them does it. */
export function migrate(db: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const from = versionOf(db, path, migrations); // read again: another process may have migrated it meanwhile
    for (const { to, sql } of migrations) {
      if (to > from) db.exec(`${sql}; PRAGMA user_version = ${to}`);
    }
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

const latest = (migrations: readonly Migration[]): number => migrations.at(-1)?.to ?? 0;
const majorOf = (version: number): number => Math.floor(version / 1000);
export const inWords = (version: number): string => `version ${majorOf(version)}.${version % 1000}`;

/** Reads the header in one statement, so that all values are from the same moment: another process may be creating the tables. */
function headerOf(db: DatabaseSync): {
  application: number;
  version: number;
  tables: readonly string[];
} {
  const row = db
    .prepare(
      `SELECT (SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table') AS tables,
         (SELECT application_id FROM pragma_application_id) AS application,
         (SELECT user_version FROM pragma_user_version) AS version`,
    )
    .get();
  return {
    application: Number(row?.['application']),
    version: Number(row?.['version']),
    tables: String(row?.['tables'] ?? '')
      .split(',')
      .filter((name) => name !== ''),
  };
}
