/** A run on record comes in; its plan goes out, made again from the files as they are today. */
import { changesSince, type TaskChange } from '../../executor/run/resumption.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import { load as loadFile, type Loaded, STANDARD_INPUT } from '../planning/load.ts';
import { prepare } from '../planning/prepare.ts';
import type { Prepared } from '../planning/prepared.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { notBegun } from '../../store/held.ts';
import { requestOf } from '../project/state.ts';
import type { Shared } from './held-run.ts';

/** The plan of a run, made again, and what has changed since the run was planned. */
interface PlannedAgain {
  readonly prepared: Prepared;
  readonly changes: readonly TaskChange[];
}

/** Loads the pipeline of a run, by the file on record. */
export type LoadAgain = (file: string, runId: RunId) => Promise<Loaded>;

export interface ReplanPorts extends Pick<Shared, 'state' | 'caller'> {
  readonly load: LoadAgain;
}

/** Throws DP6007 when the pipeline came from no file. */
export async function loadFromFile(
  file: string,
  runId: RunId,
  caller: CallerContext,
): Promise<Loaded> {
  if (!file.startsWith('<')) return loadFile(file, caller);
  throw file === STANDARD_INPUT
    ? new Fault('DP6007', `run ${runId} was read from standard input, which is gone`)
    : new Fault('DP6007', `a program defined the pipeline of run ${runId}`, {
        hint: 'let that program resume or retry the run, with the definition it was started with',
      });
}

/** Plans any run again, and returns what has changed since. Throws DP6301 for a run that has not begun. */
export async function planAgain(
  runId: RunId,
  readCache: boolean,
  { state, caller, load }: ReplanPorts,
): Promise<PlannedAgain> {
  const run = state.store.get(runId);
  const request = requestOf(state, runId);
  if (run === undefined) throw new Fault('DP2007', `there is no run "${runId}"`);
  if (run.startedAt === null) throw notBegun(runId);
  const { params, selection, tasks, at = run.startedAt, typeCheck = true } = request;
  const loaded = await load(run.file, runId);
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
      types: typeCheck ? 'on' : 'off',
      at,
    },
    caller,
  );
  return { prepared, changes: changesSince(request, prepared.plan) };
}
