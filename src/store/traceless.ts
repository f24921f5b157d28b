/**
 * Reads a database without leaving a trace, in folders that may be read-only or not exist at all.
 * It creates no file, and never shows a partial write.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Fault } from '../model/fault.ts';
import { closedOnError, connect, type Database, guarded, preparer, type Sql } from './database.ts';
import { isCurrent, migrate, type Migration, versionOf } from './migrations.ts';
import { exists } from './state-folder.ts';

/**
 * Three cases. No database: an empty one in memory is used. A `-wal` file, so a writer is active or was killed:
 * SQLite's protocol for readers is used, which then needs no new file. Neither: the database file is complete, and is
 * read as immutable, which skips the `-wal` and `-shm` that SQLite would create even for a reader; if a writer
 * comes meanwhile, the file shows it, and the work is done again.
 */
export function openTraceless(path: string, migrations: readonly Migration[]): Database {
  let view = openView(path, migrations);
  let isReading = false;
  const readOnce = <T>(work: (sql: Sql) => T): T => {
    isReading = true;
    try {
      return guarded(path, 'use', () => work(view.sql));
    } finally {
      isReading = false;
    }
  };
  return {
    read: (work) => {
      // A nested read: the outer one checks whether what it saw still holds.
      if (isReading) return work(view.sql);
      for (;;) {
        try {
          const result = readOnce(work);
          if (!view.isStale()) return result;
        } catch (error) {
          if (!view.isStale()) throw error;
        }
        view.db.close();
        view = openView(path, migrations);
      }
    },
    write: () => {
      throw new Fault('DP9001', 'a store that was opened to read was asked to write');
    },
    flush: () => {},
    [Symbol.dispose]: () => view.db.close(),
  };
}

interface DatabaseView {
  readonly db: DatabaseSync;
  readonly sql: Sql;
  /** Returns whether the view may no longer match the file. */
  isStale(): boolean;
}

function openView(path: string, migrations: readonly Migration[]): DatabaseView {
  for (;;) {
    const before = markOf(path);
    const hasChanged = (): boolean => !isSame(before, markOf(path));
    try {
      const db = guarded(path, 'open', () => openFor(before, path, migrations));
      return { db, sql: preparer(db), isStale: before.is === 'shared' ? () => false : hasChanged };
    } catch (error) {
      if (!hasChanged()) throw error;
    }
  }
}

/** Identity and version of the file; `version` changes with its content. */
type Mark =
  | { readonly is: 'absent' | 'shared' }
  | { readonly is: 'alone'; readonly version: string };

function markOf(path: string): Mark {
  if (exists(`${path}-wal`)) return { is: 'shared' };
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return { is: 'absent' };
  return { is: 'alone', version: `${stats.ino}:${stats.size}:${stats.mtimeNs}` };
}

function isSame(a: Mark, b: Mark): boolean {
  if (a.is === 'alone' && b.is === 'alone') return a.version === b.version;
  return a.is === b.is;
}

function openFor(mark: Mark, path: string, migrations: readonly Migration[]): DatabaseSync {
  if (mark.is === 'absent') return inMemory(undefined, path, migrations);
  const location = pathToFileURL(path);
  if (mark.is === 'alone') location.searchParams.set('immutable', '1');
  const db = connect(location, true);
  let version = 0;
  closedOnError(db, () => (version = versionOf(db, path, migrations)));
  if (isCurrent(version, migrations)) return db;
  const image = version === 0 ? undefined : db.serialize();
  db.close();
  return inMemory(image, path, migrations);
}

/** Migrates a copy in memory of an older database that must not be written. */
function inMemory(
  image: Uint8Array | undefined,
  path: string,
  migrations: readonly Migration[],
): DatabaseSync {
  const db = connect(':memory:');
  return closedOnError(db, () => {
    if (image !== undefined) db.deserialize(withoutLog(image));
    migrate(db, path, migrations);
  });
}

/** Clears the marks for "write-ahead log" in bytes 18 and 19 of the header, as memory cannot have one. */
function withoutLog(image: Uint8Array): Uint8Array {
  image.fill(1, 18, 20);
  return image;
}
