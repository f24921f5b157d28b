/**
 * Reclaims what nobody needs: a retention comes in, the removed amounts go out. Runs are removed from the record first, each in
 * a transaction of its own, and their files afterwards; the next gc finds what a killed one left of the second step.
 * A result that a kept run or a cache entry points to stays, even when the run that made it leaves the record.
 */
import type { Instant, Milliseconds, RunId } from '../../model/ids.ts';
import { type RunSummary, hasEnded } from '../../model/run.ts';
import type { RunFact } from '../../store/maintenance.ts';
import type { CacheEntry, RunStore } from '../../store/run-store.ts';
import { ignoreDamage } from '../../store/damage.ts';
import {
  isSpent,
  oldestPublished,
  oldestTickKept,
  retentionOf,
  tooOld,
} from '../../store/retention.ts';
import { withReserve } from '../../store/reserve.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { requestOf } from '../project/state.ts';
import { newerRuns } from './newer-runs.ts';
import { type Swept, sweep } from './sweep.ts';

export interface Reclaimed extends Swept {
  readonly runs: readonly RunId[];
  readonly cacheEntries: number;
  /** Published events that belong to no run. */
  readonly events: number;
  /** Rows of the ledger. */
  readonly ticks: number;
}

export interface GcOptions {
  /** See `Retention`; when both are null, the default of dp applies. */
  readonly keepMs: Milliseconds | null;
  readonly keepRuns: number | null;
  readonly now: Instant;
  /** Reports what would be removed, and removes nothing. */
  readonly dryRun: boolean;
}

/** Removes old runs and unused results. Several of these may run at once, beside any number of runs. */
export async function collectGarbage(home: Housekeeping, options: GcOptions): Promise<Reclaimed> {
  const { maintenance, store } = home;
  const { now } = options;
  const dryRun = options.dryRun || !home.isWritable;
  const retention = retentionOf(options.keepMs, options.keepRuns);
  const facts = [...maintenance.runs(ignoreDamage)];
  const old = withoutSourceRuns(home, facts, tooOld(facts, retention, now));
  const runs = dryRun
    ? [...old.keys()]
    : withReserve(home.folder, () => store.remove([...old.keys()], stillGoing(store, facts, old)));
  const spent = spentEntries(home, facts, now);
  const gone = new Set(runs);
  const kept = facts.filter(({ runId }) => !gone.has(runId));
  const before = oldestPublished(options.keepMs, kept, now);
  const firstTick = oldestTickKept(options.keepMs, now);
  const reclaimed = { runs, cacheEntries: spent.length };
  if (dryRun) {
    const events = maintenance.publishedBefore(before);
    const ticks = store.ledger.forgettable(firstTick);
    const going = { runs: gone, cacheKeys: new Set(spent.map(({ key }) => key)) };
    return { ...reclaimed, events, ticks, ...(await sweep(home, true, going)) };
  }
  const events = withReserve(home.folder, () => {
    maintenance.forget(spent);
    return maintenance.forgetPublished(before);
  });
  const ticks = withReserve(home.folder, () => store.ledger.forget(firstTick));
  const swept = await sweep(home, false);
  store.remove([]); // On a disk that was full there is room now for what was left of the removal.
  return { ...reclaimed, events, ticks, ...swept };
}

/** Removes only expired cache entries, and the results that only they kept. */
export async function collectCache(home: Housekeeping, now: Instant): Promise<Reclaimed> {
  const spent = spentEntries(home, home.maintenance.runs(ignoreDamage), now);
  if (home.isWritable) home.maintenance.forget(spent);
  return {
    runs: [],
    cacheEntries: spent.length,
    events: 0,
    ticks: 0,
    ...(await sweep(home, !home.isWritable)),
  };
}

/** Leaves out runs whose results another run uses, or may use when it is resumed (`--only`), and those that they use in turn. */
function withoutSourceRuns(
  { store }: Housekeeping,
  facts: readonly RunFact[],
  old: Iterable<RunFact>,
): Map<RunId, RunFact> {
  const going = new Map([...old].map((run) => [run.runId, run]));
  const kept = facts.filter(({ runId }) => !going.has(runId));
  for (const { runId, status } of kept) {
    if (status === 'succeeded') continue;
    for (const feeder of sourceRunsOf(store, runId, hasEnded(status) ? 'ended' : 'under way')) {
      const run = going.get(feeder);
      if (going.delete(feeder) && run !== undefined) kept.push(run);
    }
  }
  return going;
}

/**
 * Returns the check that is made for each run in the transaction that removes it, newest first. It is false when the run, or one
 * that uses its results, has been resumed since the listing, and when a run has begun that uses its results.
 */
function stillGoing(
  store: RunStore,
  facts: readonly RunFact[],
  going: ReadonlyMap<RunId, RunFact>,
): (run: RunSummary) => boolean {
  const listed = new Set(facts.map(({ runId }) => runId));
  const spared = new Set<RunId>();
  const spareFeeders = (run: RunId): void =>
    sourceRunsOf(store, run, 'under way').forEach((feeder) => spared.add(feeder));
  return ({ runId, status, finishedAt }) => {
    for (const run of newerRuns(store, (id) => listed.has(id))) spareFeeders(run.runId);
    const isAsListed = hasEnded(status) && finishedAt === going.get(runId)?.finishedAt;
    if (isAsListed && store.holder(runId) === undefined && !spared.has(runId)) return true;
    spareFeeders(runId);
    return false;
  };
}

/** Returns the runs whose results the run uses now, or will use when it is resumed. */
function sourceRunsOf(store: RunStore, run: RunId, is: 'ended' | 'under way'): readonly RunId[] {
  if (store.request(run) === undefined) return [];
  const { givenBy = [], takesFrom = [] } = requestOf({ store }, run);
  // Until the run reaches such a task, only the plan says which result of another run it takes.
  return is === 'ended' ? givenBy : [...givenBy, ...takesFrom];
}

function spentEntries(
  { maintenance }: Housekeeping,
  facts: Iterable<RunFact>,
  now: Instant,
): CacheEntry[] {
  let oldestUnderWay: Instant | undefined;
  for (const { status, startedAt } of facts)
    if (startedAt !== null && !hasEnded(status))
      oldestUnderWay = Math.min(startedAt, oldestUnderWay ?? startedAt);
  return [...maintenance.cacheEntries()].filter((entry) => isSpent(entry, now, oldestUnderWay));
}
