/**
 * One database file that many processes share: work comes in, and is executed in short transactions.
 * It waits for locks, reports failures as faults, and knows no table.
 */
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Fault } from '../model/fault.ts';
import { bringToDisk } from '../lib/fsync.ts';
import { retryWhileBusy } from './lock-wait.ts';
import { isCurrent, migrate, type Migration, versionOf } from './migrations.ts';
import { makeDatabaseFile } from './state-folder.ts';
import { faultOf, isBusy } from './sqlite-fault.ts';

/** Returns the prepared statement of a text; it is prepared at its first use. */
export type Sql = (text: string) => StatementSync;

export interface Database extends Disposable {
  /** May run `work` again when another process interfered: `work` has no effect except its statements. */
  read<T>(work: (sql: Sql) => T): T;
  /** Keeps all of `work` or, when it throws, none. Committed work survives the death of the process. */
  write<T>(work: (sql: Sql) => T): T;
  /** Makes committed work survive a power cut. */
  flush(): void;
}

/** `run`: only `flush` waits for the disk. `task`: every transaction waits. */
export type Durability = 'run' | 'task';

export interface SharedOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly migrations: readonly Migration[];
}

/** Creates the file if it is absent and migrates it; safe when many processes do so at once. */
export function openShared({ path, durability, migrations }: SharedOptions): Database {
  makeDatabaseFile(path);
  const open = (): DatabaseSync => {
    const db = connect(path);
    return closedOnError(db, () => {
      const version = versionOf(db, path, migrations);
      if (version === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL'); // auto_vacuum can only be chosen while the database is empty
      useWriteAheadLog(db, path);
      db.exec(`PRAGMA synchronous = ${durability === 'task' ? 'FULL' : 'NORMAL'}`);
      db.exec(`PRAGMA journal_size_limit = ${64 * 1024 * 1024}`);
      if (!isCurrent(version, migrations)) migrate(db, path, migrations);
    });
  };
  const db = guarded(path, 'open', open);
  const sql = preparer(db);
  let isNamed = false;
  return {
    read: (work) => guarded(path, 'use', () => work(sql)),
    write: (work) => guarded(path, 'use', () => transact(db, sql, work)),
    flush: () => {
      flushToDisk(path, isNamed);
      isNamed = true;
    },
    [Symbol.dispose]: () => db.close(),
  };
}

/**
 * Loads SQLite at its first use. dp itself waits for locks, so SQLite's busy timeout is off.
 */
export function connect(location: string | URL, readOnly = false): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite');
  return new sqlite.DatabaseSync(location, { readOnly, timeout: 0 });
}

export function closedOnError(db: DatabaseSync, setUp: () => void): DatabaseSync {
  try {
    setUp();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function guarded<T>(path: string, during: 'open' | 'use', attempt: () => T): T {
  try {
    return retryWhileBusy(attempt, isBusy);
  } catch (error) {
    throw faultOf(error, path, during);
  }
}

export function preparer(db: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  return (text) => {
    let statement = prepared.get(text);
    if (statement === undefined) prepared.set(text, (statement = db.prepare(text)));
    return statement;
  };
}

/** Uses BEGIN IMMEDIATE: once the transaction has begun, no statement in it meets a lock. */
function transact<T>(db: DatabaseSync, sql: Sql, work: (sql: Sql) => T): T {
  sql('BEGIN IMMEDIATE').run();
  try {
    const result = work(sql);
    sql('COMMIT').run();
    return result;
  } finally {
    if (db.isTransaction) sql('ROLLBACK').run(); // SQLite rolls back by itself when the disk is full
  }
}

function useWriteAheadLog(db: DatabaseSync, path: string): void {
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode === 'wal') return;
  throw new Fault('DP8001', `the file system cannot share a database between processes: ${path}`, {
    hint: { do: 'chooseStateFolder', folder: 'a folder on a local disk' },
  });
}

/**
 * Why this is enough: a committed transaction is either in the write-ahead log, which is brought to the disk here
 * as SQLite itself would with synchronous = FULL; or it was checkpointed, and a checkpoint first brings the log,
 * then the database to the disk before the log is reused. After a power cut SQLite replays the log up to its last
 * whole commit. The log stays in place while this connection is open. The folder holds the files' names: it is brought to the
 * disk once, unless `isNamed`.
 * (Never opened here: the database itself. Closing it would drop this process's locks on it.)
 */
function flushToDisk(path: string, isNamed: boolean): void {
  try {
    bringToDisk(`${path}-wal`, 'file');
    if (!isNamed) bringToDisk(dirname(path), 'folder');
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Fault('DP8002', `the state did not reach the disk: ${cause}`, { cause: error });
  }
}
