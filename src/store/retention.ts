/** Which runs are old enough to go: by age, by how many newer ones there are, or by both. Pure. */
import type { Instant, Milliseconds } from '../model/ids.ts';
import { type RunStatus, hasEnded } from '../model/run.ts';
import type { CacheEntry } from './run-store.ts';

/** A run stays while either says so; what is null says nothing. */
export interface Retention {
  /** Runs that ended within this time stay. */
  readonly keepMs: Milliseconds | null;
  /** So many of the newest runs stay, whatever their pipeline. */
  readonly keepRuns: number | null;
}

const DAY_MS = 86_400_000;
export const DEFAULT_RETENTION: Retention = { keepMs: 30 * DAY_MS, keepRuns: 100 };

/** What is asked for alone decides alone. */
export function retentionOf(keepMs: Milliseconds | null, keepRuns: number | null): Retention {
  return keepMs === null && keepRuns === null ? DEFAULT_RETENTION : { keepMs, keepRuns };
}

interface AgedRun {
  readonly status: RunStatus;
  /** Of its last event. */
  readonly lastAt: Instant;
}

/** `runs` newest first. A run that waits or is under way never goes; one whose process died has ended. */
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

/** Longer than any plan takes from its look into the cache to the beginning of its run. */
const PLANNING_MS = 60_000;

/**
 * Whether nobody counts on the entry any more: it had expired before the oldest run that is under way was planned.
 * A plan that found it fresh uses it later in the run.
 */
export function isSpent(
  { expiresAt }: Pick<CacheEntry, 'expiresAt'>,
  now: Instant,
  oldestUnderWay: Instant | undefined,
): boolean {
  return expiresAt !== null && expiresAt <= Math.min(now, oldestUnderWay ?? now) - PLANNING_MS;
}
