/** Entries of the cache of results as rows of the database. */
import type { Digest, Instant } from '../model/ids.ts';
import { refIn } from './damage.ts';
import type { Sql } from './database.ts';
import type { CacheEntry } from './run-store.ts';

export interface CacheRow {
  readonly key: string;
  readonly run_id: string;
  readonly task: string;
  readonly output: string;
  readonly stored_at: number;
  readonly expires_at: number | null;
}

export const CACHE_COLUMNS = 'key, run_id, task, output, stored_at, expires_at';

/** Returns undefined for a damaged entry, which counts as absent. */
export function cacheEntryOf(row: CacheRow): CacheEntry | undefined {
  const { key, run_id: run, task, stored_at: storedAt, expires_at: expiresAt } = row;
  const output = refIn(row.output);
  return output && { key, run, task, output, storedAt, expiresAt };
}

/** Returns undefined for an entry that has expired. */
export function selectCached(sql: Sql, key: Digest, now: Instant): CacheEntry | undefined {
  const row = sql(
    `SELECT ${CACHE_COLUMNS} FROM cache WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)`,
  ).get(key, now) as unknown as CacheRow | undefined; // the cast is safe: the table is STRICT, and only this room writes to it
  return row && cacheEntryOf(row);
}

export function insertCached(sql: Sql, entry: CacheEntry): void {
  const { key, run, task, output, storedAt, expiresAt } = entry;
  sql('INSERT OR REPLACE INTO cache VALUES (?, ?, ?, ?, ?, ?)').run(
    key,
    run,
    task,
    JSON.stringify(output),
    storedAt,
    expiresAt,
  );
}
