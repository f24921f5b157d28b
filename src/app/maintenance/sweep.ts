/** The stored part of housekeeping: what belongs to no run on record and is needed by none. */
import type { Extent } from '../../io/stored-runs.ts';
import type { Digest, RunId } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import { ignoreDamage } from '../../store/damage.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { isAbandoned } from './incoming-name.ts';
import { newerRuns } from './newer-runs.ts';
import { neededResults, type NeededResults } from './needed-results.ts';

export interface Swept extends Extent {
  /** Files, and imports, that their process was killed over. */
  readonly staged: number;
  /** Of runs that are not on record, with something in them that nothing points to. */
  readonly folders: number;
}

/** What would leave the record, in a dry run; otherwise it has left. */
export interface Going {
  readonly runs: ReadonlySet<RunId>;
  readonly cacheKeys: ReadonlySet<Digest>;
}

/**
 * Looks for what is needed after runs have left the record: then nobody finds a way to their results any more but
 * from a kept run or a cache entry, and those are followed here.
 */
export async function sweep(
  home: Housekeeping,
  dryRun: boolean,
  going: Going = { runs: new Set(), cacheKeys: new Set() },
): Promise<Swept> {
  const { maintenance, stored, store } = home;
  const stays = (run: RunId): boolean => !going.runs.has(run) && maintenance.isListed(run);
  const [newest] = store.list({ limit: 1, hearDamage: ignoreDamage });
  const runs = await Array.fromAsync(stored.runs());
  const needed = neededResults(outputsKept(home, going), stays);
  const swept = { results: 0, bytes: 0, staged: 0, folders: 0 };
  for (const run of runs) {
    if (stays(run)) {
      swept.staged += await removeUnfinished(home, run, dryRun);
      continue;
    }
    const { results, bytes } = await stored.extent(run);
    const kept = await extentOfNeeded(home, run, needed);
    if (needed.has(run) && bytes === kept.bytes) continue;
    swept.folders++;
    swept.results += results - kept.results;
    swept.bytes += bytes - kept.bytes;
    if (dryRun) continue;
    // The process that begins or imports a run records it first: what is unlisted now has nobody that writes to it.
    await stored.remove(run, (act) =>
      maintenance.whileUnlisted(run, () => {
        const added = neededSince(home, newest?.runId).get(run) ?? [];
        act(new Set([...(needed.get(run) ?? []), ...added]));
      }),
    );
  }
  swept.staged += discardAbandoned(home, dryRun);
  if (!dryRun) await stored.sweep();
  return swept;
}

/** What runs point to that have come on record since: an import brings results of runs that are not on record here. */
function neededSince(
  { store, maintenance }: Housekeeping,
  newest: RunId | undefined,
): NeededResults {
  const runs = Iterator.from(newerRuns(store, (run) => run === newest));
  return neededResults(
    runs.flatMap(({ runId }) => maintenance.outputsOf(runId)),
    () => false,
  );
}

function* outputsKept({ maintenance }: Housekeeping, going: Going): Generator<ResultRef> {
  for (const { runId, output } of maintenance.outputs()) if (!going.runs.has(runId)) yield output;
  for (const { key, output } of maintenance.cacheEntries())
    if (!going.cacheKeys.has(key)) yield output;
}

/** Where no run is on record and only what is needed is stored, nothing is left to take. */
async function extentOfNeeded(
  { stored }: Housekeeping,
  run: RunId,
  needed: NeededResults,
): Promise<Extent> {
  const total = { results: 0, bytes: 0 };
  for (const task of needed.get(run) ?? []) {
    const { results, bytes } = await stored.extent(run, task);
    total.results += results;
    total.bytes += bytes;
  }
  return total;
}

/** While a living process holds the run it may be writing them. */
async function removeUnfinished(
  { maintenance, stored }: Housekeeping,
  run: RunId,
  dryRun: boolean,
): Promise<number> {
  if (!dryRun) return stored.removeUnfinished(run, (act) => maintenance.whileUnheld(run, act));
  return maintenance.isHeld(run) ? 0 : stored.unfinished(run);
}

/** Returns how many imports were killed, so that nobody goes on with what they gathered. */
function discardAbandoned({ incoming }: Housekeeping, dryRun: boolean): number {
  const abandoned = incoming.names().filter(isAbandoned);
  if (!dryRun) for (const name of abandoned) incoming.discard(name);
  return abandoned.length;
}
