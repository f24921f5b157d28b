/** Decides which runs are old enough to remove: by age, by the number of newer ones, or by both. Pure. */
import type { Instant, Milliseconds } from '../model/ids.ts';
import { type RunStatus, hasEnded } from '../model/run.ts';
import type { CacheEntry } from './run-store.ts';

/** A run stays if either limit keeps it; a limit that is null keeps nothing. */
export interface Retention {
  /** Runs that ended within this time stay. */
  readonly keepMs: Milliseconds | null;
  /** Number of newest runs that stay, whatever their pipeline. */
  readonly keepRuns: number | null;
}

const DAY_MS = 86_400_000;
export const DEFAULT_RETENTION: Retention = { keepMs: 30 * DAY_MS, keepRuns: 100 };

/** A limit that is given alone decides alone. */
export function retentionOf(keepMs: Milliseconds | null, keepRuns: number | null): Retention {
  return keepMs === null && keepRuns === null ? DEFAULT_RETENTION : { keepMs, keepRuns };
}

interface AgedRun {
  readonly status: RunStatus;
  /** Time of its last event. */
  readonly lastAt: Instant;
}

/** Yields the runs to remove. `runs` are newest first. A queued or running run never goes; one whose process died counts as ended. */
export function* tooOld<Run extends AgedRun>(
  runs: Iterable<Run>,
  { keepMs, keepRuns }: Retention,
  now: Instant,
): Generator<Run> {
  let newer = 0;
  for (const run of runs) {
    const isBeyond = newer++ >= (keepRuns ?? 0);
    const hasAged = run.lastAt < now - (keepMs ?? 0);
    if (isBeyond && hasAged && hasEnded(run.status)) yield run;
  }
}

/**
 * Returns the instant before which published events are removed: their age decides, by default if no age is given, and
 * none goes that is younger than a kept run that may still be resumed, as that run may wait for it.
 */
export function oldestPublished(
  keepMs: Milliseconds | null,
  kept: Iterable<AgedRun & { readonly startedAt: Instant | null }>,
  now: Instant,
): Instant {
  let oldest = now - (keepMs ?? 30 * DAY_MS);
  for (const { status, startedAt, lastAt } of kept)
    if (status !== 'succeeded') oldest = Math.min(oldest, startedAt ?? lastAt);
  return oldest;
}

/** Returns the instant of the oldest tick that stays in the ledger: its age decides. */
export const oldestTickKept = (keepMs: Milliseconds | null, now: Instant): Instant =>
  now - (keepMs ?? 30 * DAY_MS);

/** Longer than any plan takes from reading the cache to the beginning of its run. */
const PLANNING_MS = 60_000;

/**
 * Returns whether no run can use the entry any more: it expired before the oldest active run was planned.
 * A plan that found it fresh uses it later in the run.
 */
export function isSpent(
  { expiresAt }: Pick<CacheEntry, 'expiresAt'>,
  now: Instant,
  oldestUnderWay: Instant | undefined,
): boolean {
  return expiresAt !== null && expiresAt <= Math.min(now, oldestUnderWay ?? now) - PLANNING_MS;
}
