/** Runs of pipelines that are tasks of another run: they are started, resumed, or used as they are. */
import { takeUpRun, type HoldPorts } from '../../executor/hold.ts';
import type { Subrun, SubrunEnding, SubrunRequest, Subruns } from '../../executor/ports/subruns.ts';
import type { RunHandle } from '../../executor/request.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import type { RunRecord, RunEnding } from '../../model/run.ts';
import { emptyHistory, historyIn } from '../planning/history.ts';
import { prepareWith } from '../planning/prepare.ts';
import type { Prepared, SubPlans } from '../planning/prepared.ts';
import { readRun } from '../project/find-run.ts';
import { beginPrepared } from './begin.ts';
import type { HeldRun, Shared } from './held-run.ts';

export interface ChildRunPorts extends Pick<Shared, 'state' | 'caller'> {
  /** Executes a run that this process holds. */
  readonly launch: (prepared: Prepared, run: HeldRun) => LaunchedRun;
}

export interface LaunchedRun {
  readonly handle: RunHandle;
  /** Returns the warnings of the run, when it has ended. */
  findings(): readonly Diagnostic[];
}

export class ChildRuns implements Subruns {
  readonly #subs: SubPlans;
  readonly #parent: HeldRun;
  readonly #shared: ChildRunPorts;
  /** The warnings of each child run, with those of the runs below it. */
  readonly #findings = new Map<RunId, readonly Diagnostic[]>();
  /** Runs in which a hook failed, or in a run below. */
  readonly #withFailedHooks = new Set<RunId>();

  constructor(subs: SubPlans, parent: HeldRun, shared: ChildRunPorts) {
    this.#subs = subs;
    this.#parent = parent;
    this.#shared = shared;
  }

  /** Tells whether a hook failed at any depth. A run whose next attempt went well does not count. */
  get hookFailed(): boolean {
    return this.#withFailedHooks.size > 0;
  }

  findings(): readonly Diagnostic[] {
    return [...this.#findings.values()].flat();
  }

  async begin(request: SubrunRequest): Promise<Subrun> {
    const { runId, task, params } = request;
    const known = this.#subs.prepared.get(task);
    if (known === undefined) throw new Fault('DP9001', `task ${task} runs no pipeline`);
    const before =
      this.#shared.state.store.get(runId) === undefined ? undefined : this.#record(runId);
    if (before?.status === 'succeeded' && (await this.#isWhole(task, before)))
      return { ended: Promise.resolve(this.#success(task, before)), cancel: () => undefined };
    const prepared = await this.#prepare(known, params);
    const { policy, hold: held } = this.#parent;
    const startedBy = { by: 'pipeline' } as const;
    // The id follows from what the run is asked to do, so an existing run was asked the same.
    const hold =
      before === undefined
        ? beginPrepared(prepared, { runId, parent: held.runId, startedBy }, this.#holding)
        : await takeUpRun(this.#holding, runId);
    const parent = { runId: held.runId, task };
    const launched = this.#shared.launch(prepared, { hold, policy, parent });
    return {
      ended: launched.handle.ended.then((ending) => {
        const { hookFailed } = ending;
        if (hookFailed) this.#withFailedHooks.add(runId);
        else this.#withFailedHooks.delete(runId);
        const failed = hookFailed ? failedHooks(this.#record(runId), prepared) : [];
        this.#findings.set(runId, [...failed, ...launched.findings()]);
        return this.#endingOf(request, ending);
      }),
      cancel: (reason, how) => launched.handle.cancel(reason, how),
    };
  }

  #prepare(known: Prepared, params: JsonObject): Promise<Prepared> {
    const { state, caller } = this.#shared;
    const history = this.#parent.policy.cache.read
      ? historyIn(state, known.loaded.pipeline, caller.clock)
      : emptyHistory(state);
    return prepareWith(known, params, { env: caller.env, history });
  }

  get #holding(): HoldPorts {
    const { state, caller } = this.#shared;
    return {
      store: state.store,
      io: state.io,
      clock: caller.clock,
      owner: this.#parent.hold.owner,
    };
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
    const output = this.#subs.described.get(task)?.output?.task.spec.name;
    return output === undefined ? undefined : tasks.get(output)?.output;
  }

  /** Tells whether the result of the child run is still there. */
  async #isWhole(task: TaskName, record: RunRecord): Promise<boolean> {
    const output = this.#outputOf(task, record);
    return output === undefined || this.#shared.state.io.has(output);
  }

  #record(runId: RunId): RunRecord {
    return readRun(this.#shared.state, runId);
  }
}

/** Returns a warning for each failed hook: the status of the parent run does not show hooks of its child runs. */
function failedHooks(
  { runId, pipeline, tasks }: RunRecord,
  { plan }: Prepared,
): readonly Diagnostic[] {
  return plan.tasks.flatMap(({ name, hook, settings, at }) => {
    const { status, error } = tasks.get(name) ?? {};
    const hasFailed = status === 'failed' || status === 'timed_out';
    if (hook === undefined || settings.failSafe || !hasFailed) return [];
    const message = `the hook "${name}" of pipeline "${pipeline}" failed in run ${runId}: ${error?.message}`;
    return {
      code: 'DP6001',
      severity: 'warning',
      message,
      at,
      hint: { do: 'showRun', run: runId },
    };
  });
}

/** Number of failed tasks that are named; the record of the child run has all. */
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
