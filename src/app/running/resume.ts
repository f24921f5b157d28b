/** A run that was left comes in, the same run under way again goes out. */
import {
  changesSince,
  decodeRequest,
  earlierWork,
  type TaskChange,
} from '../../executor/run/resumption.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import { thisProcess } from '../../store/process-identity.ts';
import { load } from '../planning/load.ts';
import type { Place } from '../project/place.ts';
import { prepare } from '../planning/prepare.ts';
import type { Prepared } from '../planning/prepared.ts';
import { type RunOptions, type Running, launch } from './run.ts';
import { readRun } from '../project/find-run.ts';
import type { State } from '../project/state.ts';

/** What a run was asked to do, planned as the files are today. Throws DP6007 when they are not what they were. */
export async function prepareAgain(
  runId: RunId,
  { cache }: Pick<RunOptions, 'cache'>,
  state: State,
  place: Place,
): Promise<Prepared> {
  const { prepared, changes } = await planAgain(runId, cache.read, state, place);
  if (changes.length === 0) return prepared;
  throw Fault.of(
    changes.map(({ says: message }) => ({
      code: 'DP6007',
      severity: 'error',
      message,
      hint: { do: 'retryFailedTasks', run: runId },
    })),
  );
}

/** The same, with what has changed since. */
export async function planAgain(
  runId: RunId,
  readCache: boolean,
  state: State,
  place: Place,
): Promise<{ readonly prepared: Prepared; readonly changes: readonly TaskChange[] }> {
  const run = state.store.get(runId);
  const bytes = state.store.request(runId);
  if (run === undefined || bytes === undefined)
    throw new Fault('DP2007', `there is no run "${runId}"`);
  if (run.file.startsWith('<'))
    throw new Fault('DP6007', `run ${runId} was read from standard input, which is gone`);
  const request = decodeRequest(bytes);
  const { params, selection, tasks } = request;
  const loaded = await load(run.file, place);
  const kept = new Set(
    tasks.flatMap(({ name, forced }) =>
      forced === true && loaded.pipeline.tasks.has(name) ? [name] : [],
    ),
  );
  const prepared = await prepare(
    loaded,
    {
      params: { json: params },
      selection,
      force: readCache ? kept : true,
      readCache: true,
      types: 'on',
    },
    place,
  );
  return { prepared, changes: changesSince(request, prepared.plan) };
}

/** Takes hold of a run whose process is gone and goes on with it. Throws DP6004, naming the holder, when it is not gone. */
export async function resumeRun(
  runId: RunId,
  state: State,
  prepared: Prepared,
  options: RunOptions,
  place: Place,
): Promise<Running> {
  const epoch = state.store.acquire(runId, thisProcess());
  const record = readRun(state, runId);
  const earlier = await earlierWork(record, (ref) => state.io.has(ref));
  const held = { state, runId, epoch };
  return launch(prepared, options, place, earlier === undefined ? held : { ...held, earlier });
}
