/**
 * An archive that `dp export` made comes in, a run on record goes out: all of it or nothing. The archive is not trusted:
 * every name, size and checksum is checked in a separate folder before anything is put in its final place.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeRequest } from '../../executor/run/run-request.ts';
import type { RecordedEvent } from '../../model/event.ts';
import type { Instant, RunId } from '../../model/ids.ts';
import { alreadyHere } from '../../store/held.ts';
import { incomingName } from '../maintenance/incoming-name.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { eventsIn, recordIn, refuseUnsound } from './read-archive.ts';
import { EVENTS, notUsable, REQUEST, type RunFile } from './run-archive.ts';
import { unpack } from './unpack.ts';

/** Throws DP2011 when the file is not such an archive, DP6004 when the run is on record already. */
export async function importRun(
  home: Housekeeping,
  file: string,
  importedAt: Instant,
): Promise<RunId> {
  const name = incomingName();
  const staged = home.incoming.make(name);
  try {
    const files = await unpack(file, staged);
    const run = recordIn(file, staged);
    if (home.maintenance.isListed(run.runId)) throw alreadyHere(run.runId);
    const request = readFileSync(join(staged, REQUEST));
    if (decodeRequest(request) === undefined) throw notUsable(file, 'its request is incomplete');
    const events = (): Iterable<RecordedEvent> => eventsIn(file, join(staged, EVENTS), run.runId);
    const results = refuseUnsound(file, run, events());
    for (const { run: of, result } of files)
      if (of !== run.runId && (result === undefined || !results.has(result)))
        throw notUsable(file, `it holds files of run "${of}", which its own run does not point to`);
    keepWhatIsHere(home, staged, files);
    await home.stored.place(staged, (act) =>
      home.maintenance.adopt({ ...run, request, importedAt }, events(), act),
    );
    return run.runId;
  } finally {
    home.incoming.discard(name);
  }
}

/** Drops results of runs that are on record here: an import adds nothing to another run. */
function keepWhatIsHere(
  { maintenance }: Housekeeping,
  staged: string,
  files: readonly RunFile[],
): void {
  for (const run of new Set(files.map((each) => each.run)))
    if (maintenance.isListed(run))
      rmSync(join(staged, 'runs', run), { recursive: true, force: true });
}
