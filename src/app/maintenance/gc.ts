/**
 * Reclaims what nobody needs: a retention comes in, what went goes out. Runs leave the record first, in transactions
 * of their own, and their files after; what a killed gc left of the second step is found by the next.
 * A result that a kept run or a cache entry points to stays, even when the run that made it leaves the record.
 */
import type { Instant, Milliseconds, RunId } from '../../model/ids.ts';
import { type RunSummary, hasEnded } from '../../model/run.ts';
import type { RunFact } from '../../store/maintenance.ts';
import type { CacheEntry, RunStore } from '../../store/run-store.ts';
import { ignoreDamage } from '../../store/damage.ts';
import { isSpent, retentionOf, tooOld } from '../../store/retention.ts';
import { withReserve } from '../../store/reserve.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { requestOf } from '../project/state.ts';
import { newerRuns } from './newer-runs.ts';
import { type Swept, sweep } from './sweep.ts';

export interface Reclaimed extends Swept {
  readonly runs: readonly RunId[];
  readonly cacheEntries: number;
}

export interface GcOptions {
  /** See `Retention`; both null: dp's own. */
  readonly keepMs: Milliseconds | null;
  readonly keepRuns: number | null;
  readonly now: Instant;
  /** Says what would go, and touches nothing. */
  readonly dryRun: boolean;
}

/** Any number of these may be under way at once, beside any number of runs. */
export async function collectGarbage(home: Housekeeping, options: GcOptions): Promise<Reclaimed> {
  const { maintenance, store } = home;
  const { now } = options;
  const dryRun = options.dryRun || !home.isWritable;
  const retention = retentionOf(options.keepMs, options.keepRuns);
  const facts = [...maintenance.runs(ignoreDamage)];
  const old = withoutFeeders(home, facts, tooOld(facts, retention, now));
  const runs = dryRun
    ? [...old.keys()]
    : withReserve(home.folder, () => store.remove([...old.keys()], stillGoing(store, facts, old)));
  const spent = spentEntries(home, facts, now);
  const reclaimed = { runs, cacheEntries: spent.length };
  if (dryRun) {
    const going = { runs: new Set(runs), cacheKeys: new Set(spent.map(({ key }) => key)) };
    return { ...reclaimed, ...(await sweep(home, true, going)) };
  }
  withReserve(home.folder, () => maintenance.forget(spent));
  const swept = await sweep(home, false);
  store.remove([]); // On a disk that was full there is room now for what was left of the removal.
  return { ...reclaimed, ...swept };
}

/** Expired cache entries alone, and the results that only they kept. */
export async function collectCache(home: Housekeeping, now: Instant): Promise<Reclaimed> {
  const spent = spentEntries(home, home.maintenance.runs(ignoreDamage), now);
  if (home.isWritable) home.maintenance.forget(spent);
  return { runs: [], cacheEntries: spent.length, ...(await sweep(home, !home.isWritable)) };
}

/** A run that goes on with results of others, or may (`--only`), keeps those runs, and they theirs. */
function withoutFeeders(
  { store }: Housekeeping,
  facts: readonly RunFact[],
  old: Iterable<RunFact>,
): Map<RunId, RunFact> {
  const going = new Map([...old].map((run) => [run.runId, run]));
  const kept = facts.filter(({ runId }) => !going.has(runId));
  for (const { runId, status } of kept) {
    if (status === 'succeeded') continue;
    for (const feeder of feedersOf(store, runId, hasEnded(status) ? 'ended' : 'under way')) {
      const run = going.get(feeder);
      if (going.delete(feeder) && run !== undefined) kept.push(run);
    }
  }
  return going;
}

/**
 * Asked about each run in the transaction that removes it, newest first: false when the run, or one that goes on with its results,
 * has been taken up since the listing, and when a run has begun that takes from it.
 */
function stillGoing(
  store: RunStore,
  facts: readonly RunFact[],
  going: ReadonlyMap<RunId, RunFact>,
): (run: RunSummary) => boolean {
  const listed = new Set(facts.map(({ runId }) => runId));
  const spared = new Set<RunId>();
  const spareFeeders = (run: RunId): void =>
    feedersOf(store, run, 'under way').forEach((feeder) => spared.add(feeder));
  return ({ runId, status, finishedAt }) => {
    for (const run of newerRuns(store, (id) => listed.has(id))) spareFeeders(run.runId);
    const isAsListed = hasEnded(status) && finishedAt === going.get(runId)?.finishedAt;
    if (isAsListed && store.holder(runId) === undefined && !spared.has(runId)) return true;
    spareFeeders(runId);
    return false;
  };
}

/** Runs whose results the run goes on with when it is resumed, or is going on with now. */
function feedersOf(store: RunStore, run: RunId, is: 'ended' | 'under way'): readonly RunId[] {
  if (store.request(run) === undefined) return [];
  const { givenBy = [], takesFrom = [] } = requestOf({ store }, run);
  // Until its time comes in the run, what a plan takes from elsewhere is on record nowhere else.
  return is === 'ended' ? givenBy : [...givenBy, ...takesFrom];
}

function spentEntries(
  { maintenance }: Housekeeping,
  facts: Iterable<RunFact>,
  now: Instant,
): CacheEntry[] {
  let oldestUnderWay: Instant | undefined;
  for (const { status, startedAt } of facts)
    if (!hasEnded(status)) oldestUnderWay = Math.min(startedAt, oldestUnderWay ?? startedAt);
  return [...maintenance.cacheEntries()].filter((entry) => isSpent(entry, now, oldestUnderWay));
}
