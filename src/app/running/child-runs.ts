/** Runs of pipelines that are tasks of another run: begun, gone on with, or taken as they are. */
import { earlierWork, encodeRequest } from '../../executor/run/resumption.ts';
import type { Subrun, SubrunEnding, SubrunRequest, Subruns } from '../../executor/ports/subruns.ts';
import type { RunHandle } from '../../executor/request.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import type { RunRecord, RunEnding } from '../../model/run.ts';
import { keepParts, partsOf } from '../../planner/parts.ts';
import { thisProcess } from '../../store/process-identity.ts';
import type { Place } from '../project/place.ts';
import { prepareWith } from '../planning/prepare.ts';
import type { Prepared, SubPlans } from '../planning/prepared.ts';
import { readRun } from '../project/find-run.ts';
import type { State } from '../project/state.ts';
import type { EarlierWork } from '../../executor/run/earlier-work.ts';

export interface ChildRunParts {
  readonly parent: RunId;
  readonly subs: SubPlans;
  readonly state: State;
  readonly readCache: boolean;
  readonly place: Place;
  /** Sets a run under way that this process holds. */
  readonly launch: (prepared: Prepared, held: HeldChild) => RunHandle;
}

export interface HeldChild {
  readonly runId: RunId;
  readonly epoch: number;
  readonly parent: { readonly runId: RunId; readonly task: TaskName };
  readonly earlier?: EarlierWork;
}

export class ChildRuns implements Subruns {
  readonly #parts: ChildRunParts;

  constructor(parts: ChildRunParts) {
    this.#parts = parts;
  }

  async begin(request: SubrunRequest): Promise<Subrun> {
    const { subs, state, readCache, place, launch } = this.#parts;
    const { runId, task, params } = request;
    const known = subs.prepared.get(task);
    if (known === undefined) throw new Fault('DP9001', `task ${task} runs no pipeline`);
    const before = state.store.get(runId) === undefined ? undefined : this.#record(runId);
    if (before?.status === 'succeeded' && (await this.#isWhole(task, before)))
      return { ended: Promise.resolve(this.#success(task, before)), cancel: () => undefined };
    const prepared = await prepareWith(known, params, { readCache }, place);
    const handle = launch(prepared, await this.#takeHold(request, prepared, before));
    return {
      ended: handle.ended.then((ending) => this.#endingOf(request, ending)),
      cancel: (reason, how) => handle.cancel(reason, how),
    };
  }

  /** The id says what it is asked to do, so that a run which is there was asked the same. */
  async #takeHold(
    { runId, task }: SubrunRequest,
    { plan, ground }: Prepared,
    before: RunRecord | undefined,
  ): Promise<HeldChild> {
    const { store, io } = this.#parts.state;
    const parent = { runId: this.#parts.parent, task };
    const owner = thisProcess();
    if (before !== undefined) {
      const epoch = store.acquire(runId, owner);
      const earlier = await earlierWork(this.#record(runId), (ref) => io.has(ref));
      return { runId, epoch, parent, ...(earlier && { earlier }) };
    }
    const { planId, pipeline, file } = plan;
    const request = encodeRequest(plan, {}, keepParts(partsOf(plan, ground)));
    const begun = { runId, pipeline, planId, file, owner, request, parent: parent.runId };
    store.begin({ ...begun, startedAt: Date.now() });
    return { runId, epoch: 1, parent };
  }

  #endingOf({ runId, task }: SubrunRequest, { status }: RunEnding): SubrunEnding {
    if (status === 'cancelled') return { is: 'cancelled' };
    const record = this.#record(runId);
    return status === 'succeeded' ? this.#success(task, record) : failure(record);
  }

  #success(task: TaskName, record: RunRecord): SubrunEnding {
    return { is: 'succeeded', output: this.#outputOf(task, record) };
  }

  #outputOf(task: TaskName, { tasks }: RunRecord): ResultRef | undefined {
    const output = this.#parts.subs.described.get(task)?.output?.task.spec.name;
    return output === undefined ? undefined : tasks.get(output)?.output;
  }

  /** The result that is asked for is still there. */
  async #isWhole(task: TaskName, record: RunRecord): Promise<boolean> {
    const output = this.#outputOf(task, record);
    return output === undefined || this.#parts.state.io.has(output);
  }

  #record(runId: RunId): RunRecord {
    return readRun(this.#parts.state, runId);
  }
}

/** Names shown of the tasks that failed; the run's own record has all. */
const NAMED = 5;

function failure({ runId, pipeline, tasks, error }: RunRecord): SubrunEnding {
  const failed = [...tasks].filter(
    ([, { status }]) => status === 'failed' || status === 'timed_out',
  );
  const named = failed.slice(0, NAMED).map(([name, task]) => `${name} (${task.error?.message})`);
  const more = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : '';
  const why = error?.message ?? `${named.join(', ')}${more}`;
  return { is: 'failed', message: `pipeline "${pipeline}" failed in run ${runId}: ${why}` };
}
