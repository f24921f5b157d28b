/** The files' part of housekeeping: what lies in the run folders, belongs to no run on record and is needed by none. */
import type { Extent } from '../../io/run-folders.ts';
import type { Digest, RunId } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { isAbandoned } from './newcomer.ts';
import { neededResults, type NeededResults } from './needed-results.ts';

export interface Swept extends Extent {
  /** Files, and imports, that their process was killed over. */
  readonly staged: number;
  /** Of runs that are not on record, with something in them that nothing points to. */
  readonly folders: number;
}

/** What is about to leave the record, or has left it. */
export interface Going {
  readonly runs: ReadonlySet<RunId>;
  readonly cacheKeys: ReadonlySet<Digest>;
}

/**
 * Looks for what is needed after runs have left the record: then nobody finds a way to their results any more but
 * from a kept run or a cache entry, and those are followed here.
 */
export async function sweep(home: Housekeeping, going: Going, dryRun: boolean): Promise<Swept> {
  const { maintenance, folders } = home;
  const stays = (run: RunId): boolean => !going.runs.has(run) && maintenance.isListed(run);
  // Listed before it is known what is needed: what an import puts in place after that look is not among them.
  const runs = folders.runs();
  const needed = neededResults(outputsKept(home, going), stays);
  const swept = { results: 0, bytes: 0, staged: 0, folders: 0 };
  for (const run of runs) {
    if (stays(run)) {
      swept.staged += discardStaged(home, run, dryRun);
      continue;
    }
    const { results, bytes } = folders.extent(run);
    const kept = extentOfNeeded(home, run, needed);
    if (needed.has(run) && bytes === kept.bytes) continue;
    swept.folders++;
    swept.results += results - kept.results;
    swept.bytes += bytes - kept.bytes;
    // The process that begins or imports a run records it first: what is unlisted now has nobody that writes to it.
    if (!dryRun) maintenance.whileUnlisted(run, () => setAside(home, run, needed.get(run)));
  }
  for (const name of folders.newcomers()) {
    if (!isAbandoned(name)) continue;
    swept.staged++;
    if (!dryRun) folders.discardNewcomer(name);
  }
  if (!dryRun) await folders.sweep();
  return swept;
}

function* outputsKept({ maintenance }: Housekeeping, going: Going): Generator<ResultRef> {
  for (const { runId, output } of maintenance.outputs()) if (!going.runs.has(runId)) yield output;
  for (const { key, output } of maintenance.cacheEntries())
    if (!going.cacheKeys.has(key)) yield output;
}

/** Folders of no run that hold only what is needed: nothing is left to take from them. */
function extentOfNeeded({ folders }: Housekeeping, run: RunId, needed: NeededResults): Extent {
  const total = { results: 0, bytes: 0 };
  for (const task of needed.get(run) ?? []) {
    const { results, bytes } = folders.extent(run, task);
    total.results += results;
    total.bytes += bytes;
  }
  return total;
}

function setAside({ folders }: Housekeeping, run: RunId, needed: ReadonlySet<string> | undefined) {
  if (needed === undefined) {
    folders.setAside(run);
    return;
  }
  folders.setLogsAside(run);
  for (const task of folders.tasks(run)) if (!needed.has(task)) folders.setResultsAside(run, task);
}

/** While a living process holds the run it may be writing them. */
function discardStaged(
  { maintenance, folders }: Housekeeping,
  run: RunId,
  dryRun: boolean,
): number {
  const strays = folders.staged(run);
  if (strays.length === 0) return 0;
  const discard = (): void => strays.forEach((path) => folders.discard(path));
  if (dryRun) return maintenance.isHeld(run) ? 0 : strays.length;
  return maintenance.whileUnheld(run, discard) ? strays.length : 0;
}
