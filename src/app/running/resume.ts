/** A run that did not succeed comes in; its plan goes out, made again from the files as they are today. */
import { type RunHold, takeUpRun } from '../../executor/hold.ts';
import { changesSince, type TaskChange } from '../../executor/run/resumption.ts';
import type { Owner } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Instant, RunId } from '../../model/ids.ts';
import { load as loadFile, type Loaded, STANDARD_INPUT } from '../planning/load.ts';
import { prepare } from '../planning/prepare.ts';
import type { Prepared } from '../planning/prepared.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { requestOf, type State } from '../project/state.ts';
import type { Shared } from './held-run.ts';

/** The plan of a run, made again, with the logical time of the run. */
export interface PlannedAgain {
  readonly prepared: Prepared;
  readonly at?: Instant | undefined;
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

/** Plans a run that can be resumed. Throws DP6008 when the run has succeeded, DP6007 when the files have changed. */
export async function prepareAgain(
  runId: RunId,
  readCache: boolean,
  ports: ReplanPorts,
): Promise<PlannedAgain> {
  if (ports.state.store.get(runId)?.status === 'succeeded') throw hasSucceeded(runId);
  const { changes, ...planned } = await planAgain(runId, readCache, ports);
  if (changes.length === 0) return planned;
  throw Fault.of(
    changes.map(({ says: message }) => ({
      code: 'DP6007',
      severity: 'error',
      message,
      hint: { do: 'retryFailedTasks', run: runId },
    })),
  );
}

/** Plans any run again, and returns what has changed since. */
export async function planAgain(
  runId: RunId,
  readCache: boolean,
  { state, caller, load }: ReplanPorts,
): Promise<PlannedAgain & { readonly changes: readonly TaskChange[] }> {
  const run = state.store.get(runId);
  const request = requestOf(state, runId);
  if (run === undefined) throw new Fault('DP2007', `there is no run "${runId}"`);
  const { params, selection, tasks, at, typeCheck = true } = request;
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
    },
    caller,
  );
  return { prepared, at, changes: changesSince(request, prepared.plan) };
}

/** Takes hold of a run that has been planned again. Throws DP6008 when another process has resumed it meanwhile, and it succeeded. */
export async function takeUpPlanned(
  { store, io }: Pick<State, 'store' | 'io'>,
  runId: RunId,
  owner: Owner,
): Promise<RunHold> {
  const hold = await takeUpRun({ store, io, owner }, runId);
  if (store.get(runId)?.status !== 'succeeded') return hold;
  store.release(runId);
  throw hasSucceeded(runId);
}

function hasSucceeded(runId: RunId): Fault {
  return new Fault('DP6008', `run ${runId} has succeeded; there is nothing to resume`);
}
