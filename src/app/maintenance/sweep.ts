/** The file part of housekeeping: removes what belongs to no run on record and is needed by none. */
import type { Extent } from '../../io/stored-runs.ts';
import type { Digest, RunId } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import { ignoreDamage } from '../../store/damage.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { isAbandoned } from './incoming-name.ts';
import { newerRuns } from './newer-runs.ts';
import { neededResults, type NeededResults } from './needed-results.ts';

export interface Swept extends Extent {
  /** Files and imports that a killed process left unfinished. */
  readonly staged: number;
  /** Folders of runs that are not on record, with something in them that nothing points to. */
  readonly folders: number;
}

/** The parts of the record that gc removes: in a dry run they are still there, otherwise they are gone. */
export interface Going {
  readonly runs: ReadonlySet<RunId>;
  readonly cacheKeys: ReadonlySet<Digest>;
}

/**
 * Looks for needed results after runs have been removed from the record: from then on only kept runs and cache entries
 * lead to results, and these are followed here.
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
    // A process that begins or imports a run records it first: nobody writes to a folder whose run is not on record.
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

/** Returns the results that runs point to which were recorded since: an import brings results of runs that are not on record here. */
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
  for (const { key, output, outputs } of maintenance.cacheEntries()) {
    if (going.cacheKeys.has(key)) continue;
    yield output;
    if (outputs !== undefined) yield outputs.contents;
  }
}

/** Returns how much of a folder is needed, and is therefore not removed. */
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

/** Removes unfinished files of runs that no living process holds: a living one may be writing them. */
async function removeUnfinished(
  { maintenance, stored }: Housekeeping,
  run: RunId,
  dryRun: boolean,
): Promise<number> {
  if (!dryRun) return stored.removeUnfinished(run, (act) => maintenance.whileUnheld(run, act));
  return maintenance.isHeld(run) ? 0 : stored.unfinished(run);
}

/** Removes imports whose process was killed, and returns their number. */
function discardAbandoned({ incoming }: Housekeeping, dryRun: boolean): number {
  const abandoned = incoming.names().filter(isAbandoned);
  if (!dryRun) for (const name of abandoned) incoming.discard(name);
  return abandoned.length;
}
