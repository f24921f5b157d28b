/** Entries of the cache of results as rows of the database. */
import { digestOf, type Digest, type Instant } from '../model/ids.ts';
import { refIn } from './damage.ts';
import type { Sql } from './database.ts';
import type { CacheEntry } from './run-store.ts';

export interface CacheRow {
  /** The key of the entry, and behind `#` what tells it apart from others of this key. */
  readonly key: string;
  readonly run_id: string;
  readonly task: string;
  readonly output: string;
  readonly stored_at: number;
  readonly expires_at: number | null;
  readonly notes: string | null;
}

export const CACHE_ROWS = `SELECT cache.key, run_id, task, output, stored_at, expires_at, notes
  FROM cache LEFT JOIN cache_notes ON cache_notes.key = cache.key`;

/** Entries that are kept of one key. The inputs of most tasks are seldom as they were several results ago. */
const MOST_OF_A_KEY = 8;

/** Returns undefined for a damaged entry, which counts as absent. */
export function cacheEntryOf(row: CacheRow): CacheEntry | undefined {
  const { run_id: run, task, stored_at: storedAt, expires_at: expiresAt } = row;
  const [key = '', variant] = row.key.split('#');
  const output = refIn(row.output);
  if (output === undefined) return undefined;
  const entry = { key, run, task, output, storedAt, expiresAt };
  if (variant === undefined) return entry;
  const more = notesIn(row.notes);
  return more && { ...entry, ...more };
}

/** Returns the entries of the key that have not expired, newest first. */
export function selectCached(sql: Sql, key: Digest, now: Instant): CacheEntry[] {
  const rows = sql(
    `${CACHE_ROWS} WHERE cache.key >= ? AND cache.key < ? AND (expires_at IS NULL OR expires_at > ?)
     ORDER BY stored_at DESC, cache.key`,
  ).all(key, `${key}$`, now) as unknown as CacheRow[]; // the cast is safe: the tables are STRICT, and only this room writes to them
  return rows.flatMap((row) => cacheEntryOf(row) ?? []);
}

export function insertCached(sql: Sql, entry: CacheEntry): void {
  const { key, run, task, output, storedAt, expiresAt, notes, outputs } = entry;
  const rowKey = rowKeyOf(entry);
  sql('INSERT OR REPLACE INTO cache VALUES (?, ?, ?, ?, ?, ?)').run(
    rowKey,
    run,
    task,
    JSON.stringify(output),
    storedAt,
    expiresAt,
  );
  if (rowKey === key) return;
  sql('INSERT OR REPLACE INTO cache_notes VALUES (?, ?)').run(
    rowKey,
    JSON.stringify({ notes, outputs }),
  );
  const oldest = sql(
    'SELECT key FROM cache WHERE key > ? AND key < ? ORDER BY stored_at DESC, key LIMIT -1 OFFSET ?',
  ).all(key, `${key}$`, MOST_OF_A_KEY);
  for (const row of oldest) deleteCached(sql, String(row['key']));
}

export function deleteCached(sql: Sql, rowKey: string): void {
  sql('DELETE FROM cache WHERE key = ?').run(rowKey);
  sql('DELETE FROM cache_notes WHERE key = ?').run(rowKey);
}

/** Returns the primary key of the entry. Notes that say the same give the same one, whenever the files were written. */
export function rowKeyOf({
  key,
  notes,
  outputs,
}: Pick<CacheEntry, 'key' | 'notes' | 'outputs'>): string {
  if (notes === undefined && outputs === undefined) return key;
  const texts = (notes ?? [])
    .map((note) => JSON.stringify({ ...note, stamp: undefined }))
    .toSorted();
  return `${key}#${digestOf(texts).slice(0, 32)}`;
}

function notesIn(text: string | null): Pick<CacheEntry, 'notes' | 'outputs'> | undefined {
  try {
    // Only this room writes it.
    const more = JSON.parse(text ?? 'null') as Pick<CacheEntry, 'notes' | 'outputs'> | null;
    return more ?? undefined;
  } catch {
    return undefined;
  }
}
