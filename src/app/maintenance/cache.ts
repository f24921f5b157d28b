/** The cache for its user: its entries, what they saved, and whether their results are intact. */
import type { Instant, Milliseconds } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import type { CacheEntry } from '../../store/run-store.ts';
import { danglingEntries } from './doctor.ts';
import type { Housekeeping } from '../project/housekeeping.ts';

export interface ListedEntry extends CacheEntry {
  /** Pipeline of the run that made the result; undefined when that run is no longer on record. */
  readonly pipeline: string | undefined;
  readonly bytes: number;
}

export interface CacheStats {
  readonly entries: number;
  readonly expired: number;
  readonly bytes: number;
  /** Number of tasks in runs on record that took their result from the cache. */
  readonly hits: number;
  /** Time that making those results took, as far as the runs that made them are on record. */
  readonly savedMs: Milliseconds;
}

/** Yields the entries by key, expired ones included. */
export function* cacheEntries({ maintenance, store }: Housekeeping): Generator<ListedEntry> {
  for (const entry of maintenance.cacheEntries())
    yield { ...entry, pipeline: store.get(entry.run)?.pipeline, bytes: bytesIn(entry) };
}

export function cacheStats({ maintenance }: Housekeeping, now: Instant): CacheStats {
  const stats = { entries: 0, expired: 0, bytes: 0 };
  for (const entry of maintenance.cacheEntries()) {
    const { expiresAt } = entry;
    stats.entries++;
    stats.bytes += bytesIn(entry);
    if (expiresAt !== null && expiresAt <= now) stats.expired++;
  }
  return { ...stats, ...maintenance.cacheHits() };
}

/** Returns the entries whose result is gone or altered; with `drop` they are removed. */
export async function verifyCache(home: Housekeeping, drop: boolean): Promise<CacheEntry[]> {
  const dangling = await Array.fromAsync(danglingEntries(home));
  if (drop && dangling.length > 0) home.maintenance.forget(dangling);
  return dangling;
}

function bytesIn({ output, outputs }: CacheEntry): number {
  const left: ResultRef[] = outputs === undefined ? [output] : [output, outputs.contents];
  let bytes = 0;
  for (const ref of left) {
    if (ref.is === 'list') for (const item of ref.items) left.push(item);
    else if (ref.is !== 'void') bytes += ref.bytes;
  }
  return bytes;
}
