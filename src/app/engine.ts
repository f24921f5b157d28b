/**
 * App: the use cases and the wiring. Engine: prepared plans come in, running runs go out.
 * The engine owns the store of one state directory, the broker, the places for work and the worker threads, which all its runs
 * share. It decides nothing that another room could decide, and nothing else wires a run.
 */
import type { Broker } from '../events/broker.ts';
import type { ProcessEntry } from '../executor/ports/worker.ts';
import { SharedJobs } from '../executor/queue/shared-jobs.ts';
import type { RunPolicy } from '../executor/request.ts';
import { ThreadSupply } from '../executor/workers/thread-supply.ts';
import type { ThreadOptions } from '../executor/workers/threads.ts';
import type { TaskError } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { newRunId, type Milliseconds, type RunId } from '../model/ids.ts';
import type { Pipeline } from '../model/pipeline.ts';
import type { Again, Plan, Sample } from '../model/plan.ts';
import type { RunStatus } from '../model/run.ts';
import type { StartedBy } from '../model/started-by.ts';
import { alreadyBegun } from '../store/held.ts';
import { thisProcess } from '../store/process-identity.ts';
import { withReserve } from '../store/reserve.ts';
import type { TakenRun } from '../store/run-queue.ts';
import type { CancelRequest } from '../store/run-store.ts';
import type { Exchange } from './events/exchange.ts';
import { startProjectExchange } from './events/project-exchange.ts';
import type { Loaded } from './planning/load.ts';
import type { Prepared } from './planning/prepared.ts';
import { compileCache, executorProcess, executorWorker } from './project/installation.ts';
import { pick, standardEnv, stateFolderFor, type CallerContext } from './project/caller-context.ts';
import { openState, type State } from './project/state.ts';
import { beginPrepared } from './running/begin.ts';
import { cancelRun, endOf } from './running/cancel.ts';
import { followRun, type Followed } from './running/follow.ts';
import { endedRun, isTold, refuseMalformed } from './running/given-run.ts';
import type { HeldRun, Shared } from './running/held-run.ts';
import { recordEnd } from './running/record-end.ts';
import { recoverRuns, type Recovered } from './running/recover.ts';
import { type LoadAgain, loadFromFile } from './running/plan-again.ts';
import { prepareAgain, takeUpPlanned } from './running/resume.ts';
import { prepareRetry } from './running/retry.ts';
import { launch, redactedBy, type Running } from './running/run.ts';
import { verification } from './running/verify-cache.ts';

/** A broker without subscribers. */
const NOBODY: Pick<Broker, 'publish'> = { publish: () => undefined };

export type { RunPolicy } from '../executor/request.ts';

export interface EngineOptions {
  /** The project's folder, in which the state directory lies unless the caller names another. */
  readonly project: string;
  readonly caller: CallerContext;
  /** Greatest number of units of work at once, over all runs. */
  readonly jobs: number;
  /** When records of runs are flushed to the disk: at the end of a run, or after every event. */
  readonly durability?: 'run' | 'task';
  /** Who asks for the runs; absent: a program. */
  readonly startedBy?: 'cli' | 'api';
  /** Gets every event of every run. */
  readonly broker?: Pick<Broker, 'publish'>;
  /** Loads the pipeline of a run that is planned again, by the file on record. Absent: from that file. */
  readonly load?: LoadAgain;
  /** Takes the place of parts of this installation. */
  readonly ports?: Partial<EnginePorts>;
  /** Hears what is wrong with the exchange of events with the project's broker; no run depends on it. */
  readonly report?: (fault: Fault) => void;
}

/** The parts of this installation that the runs of an engine use. */
export interface EnginePorts {
  readonly openState: typeof openState;
  /** The entry file of the worker threads; `heapMiB` is the heap of one, when its tasks set no limit. */
  readonly worker: () => Omit<ThreadOptions, 'size' | 'env'>;
  /** Returns how processes of tasks are started; called only when a task needs one. */
  readonly processEntry: () => ProcessEntry;
}

const INSTALLED: EnginePorts = {
  openState,
  worker: () => ({ workerFile: executorWorker(), compileCache: compileCache() }),
  processEntry: executorProcess,
};

export interface StartOptions extends RunPolicy {
  /** Absent: a new id. A run with this id begins once, whoever asks. */
  readonly runId?: RunId | undefined;
  /** Sample of the stored results that the run makes again, to compare them. */
  readonly verify?: Sample | undefined;
}

export type Started =
  | { readonly is: 'begun'; readonly running: Running }
  /** The run with the given id was started before: `outcomeOf` returns its outcome. */
  | { readonly is: 'known'; readonly runId: RunId };

/** A resumed run, or a run that repeats an earlier one. */
export interface Continued {
  readonly plan: Plan;
  readonly running: Running;
}

/** Opens nothing before it is needed: a plan that cannot be made leaves no trace. */
export function openEngine(options: EngineOptions): Engine {
  return new Engine(options);
}

export class Engine implements AsyncDisposable {
  readonly #options: EngineOptions;
  readonly #ports: EnginePorts;
  readonly #sharedJobs: SharedJobs;
  readonly #threads: ThreadSupply;
  readonly #running = new Set<Running>();
  #state: State | undefined;
  #exchange: Exchange | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    const { jobs, ports } = options;
    this.#options = options;
    this.#ports = { ...INSTALLED, ...ports };
    this.#sharedJobs = new SharedJobs(jobs);
    this.#threads = new ThreadSupply({ size: jobs, ...this.#ports.worker() });
  }

  /** Returns the state for reading. Until a run needs the state, it is opened for each reader, and nothing is made. The caller disposes of it. */
  reading(): State {
    const { project, caller } = this.#options;
    return this.#state === undefined
      ? this.#ports.openState(project, caller, { readOnly: true })
      : { ...this.#state, [Symbol.dispose]: () => undefined };
  }

  /** Starts a thread while the plan is still being made, for a pipeline that will certainly need one. */
  warmUp({ pipeline }: Loaded): void {
    const { env } = this.#options.caller;
    if (surelyRunsFunctions(pipeline))
      this.#threads.begin({ ...standardEnv(env), ...pick(env, pipeline.env) });
  }

  /** Throws DP2001 for an id that cannot be one, DP6021 for one that belongs to another run, DP6004 when that run crashed. */
  start(prepared: Prepared, options: StartOptions): Started {
    const { runId } = options;
    if (runId === undefined) return { is: 'begun', running: this.#start(prepared, options) };
    refuseMalformed(runId);
    try {
      return { is: 'begun', running: this.#start(prepared, options) };
    } catch (error) {
      const isUsed = error instanceof Fault && error.code === 'DP6004';
      if (isUsed && isTold(this.#shared().state.store, runId, prepared.plan))
        return { is: 'known', runId };
      throw error;
    }
  }

  /** Resumes a run that did not succeed and whose process is gone. Throws DP6004, DP6007 or DP6008. */
  async resume(runId: RunId, policy: RunPolicy): Promise<Continued> {
    const planning = { ...this.#shared(), load: this.#load };
    const prepared = await prepareAgain(runId, policy.cache.read, planning);
    const hold = await takeUpPlanned(this.#shared().state, runId, thisProcess());
    return { plan: prepared.plan, running: this.#launch(prepared, { hold, policy }) };
  }

  /** Starts a new run that repeats an earlier one. Throws DP6004 while a process holds the earlier one. */
  async retry(runId: RunId, again: Again, policy: RunPolicy): Promise<Continued> {
    const { caller } = this.#options;
    using state = this.reading();
    const prepared = await prepareRetry(runId, again, { state, caller, load: this.#load });
    const options = { ...policy, startedBy: { by: 'retry' } } as const;
    return { plan: prepared.plan, running: this.#start(prepared, options) };
  }

  /** Takes queued runs, each to be begun with `start` under its id, ended with `fail`, or handed back. `atOnce`: see `RunQueue`. */
  take(most: number, atOnce: number): TakenRun[] {
    return this.#shared().state.store.queue.take(thisProcess(), most, atOnce);
  }

  /** Hands a taken run back that was not begun; has no effect on any other. */
  handBack(runId: RunId): void {
    this.#shared().state.store.release(runId);
  }

  /** Sends the heartbeat of a taken run. Returns false when another process has taken it over. */
  beat(runId: RunId): boolean {
    return this.#shared().state.store.beat(runId);
  }

  /** Records that a run which no other process executes has failed: it could not be begun, or not be resumed. */
  fail(runId: RunId, words: string, error: TaskError): void {
    const { state, caller } = this.#shared();
    recordEnd(state, runId, { words, error, time: caller.clock.now() });
  }

  /** Asks the run's process to cancel it, or records that it is cancelled where none holds it. Throws DP2007, DP6009. */
  cancel(runId: RunId, request: CancelRequest): 'asked' | 'recorded' {
    const { project, caller } = this.#options;
    return withReserve(stateFolderFor(project, caller), () =>
      cancelRun(this.#shared().state, runId, request, caller.clock.now()),
    );
  }

  /** Resumes every run whose process is gone, one at a time: the next one when the caller asks for it. */
  recover(policy: RunPolicy, everyMs?: Milliseconds): AsyncGenerator<Recovered<Continued>, void> {
    const { clock } = this.#options.caller;
    const resume = (runId: RunId): Promise<Continued> => this.resume(runId, policy);
    return recoverRuns({ reading: () => this.reading(), resume, clock }, everyMs);
  }

  /** Yields the events of a run of any process, from the first to the last. */
  async *follow(
    runId: RunId,
    options: { readonly signal: AbortSignal; readonly after?: number },
  ): AsyncGenerator<Followed, void> {
    using state = this.reading();
    const { clock } = this.#options.caller;
    const here = [...this.#running].find((running) => running.runId === runId);
    const { signal } = options;
    // One that is held says enough: all events since are read.
    const news = here?.follow('**', { capacity: 1, signal });
    yield* followRun({ store: state.store, clock }, runId, { ...options, ...(news && { news }) });
  }

  /** Settles with the status of a run of any process when it has ended; undefined when the signal aborts first. */
  async endOf(runId: RunId, signal: AbortSignal): Promise<RunStatus | undefined> {
    using state = this.reading();
    return await endOf({ store: state.store, clock: this.#options.caller.clock }, runId, signal);
  }

  /**
   * Waits until a run with a given id has ended, and returns it like any run; undefined when the signal aborts first.
   * Throws DP6004 when its process is gone.
   */
  async outcomeOf(
    runId: RunId,
    { plan, secrets }: Pick<Prepared, 'plan' | 'secrets'>,
    signal: AbortSignal,
  ): Promise<Running | undefined> {
    const { state, jobs } = this.#shared();
    const status = await this.endOf(runId, signal);
    if (status === 'crashed') throw alreadyBegun(runId);
    if (status === undefined) return undefined;
    return endedRun({ state, runId, jobs, redacted: redactedBy(secrets) }, plan);
  }

  /** Kills the running runs, waits until that is on record, and closes everything that the engine opened. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const running = [...this.#running];
    for (const { handle } of running) handle.cancel('dp was stopped', 'kill');
    await Promise.allSettled(running.map(({ handle }) => handle.ended));
    await this.#sharedJobs.vacated();
    await this.#threads.close();
    await this.#exchange?.close();
    this.#state?.[Symbol.dispose]();
    this.#state = undefined;
  }

  get #load(): LoadAgain {
    const { caller, load } = this.#options;
    return load ?? ((file, runId) => loadFromFile(file, runId, caller));
  }

  #start(
    prepared: Prepared,
    {
      runId,
      verify,
      startedBy = { by: this.#options.startedBy ?? 'api' },
      ...policy
    }: StartOptions & { readonly startedBy?: StartedBy },
  ): Running {
    const { state, caller } = this.#shared();
    const id = runId ?? newRunId(caller.clock.now());
    const ports = { store: state.store, io: state.io, clock: caller.clock, owner: thisProcess() };
    const hold = beginPrepared(prepared, { runId: id, startedBy }, ports);
    if (verify === undefined) return this.#launch(prepared, { hold, policy });
    const { plan: verifying, findings } = verification(prepared, id, verify, state);
    const running = this.#launch({ ...prepared, plan: verifying }, { hold, policy });
    return { ...running, findings: () => [...findings(), ...running.findings()] };
  }

  #launch(prepared: Prepared, run: HeldRun): Running {
    const shared = this.#shared();
    this.#exchange ??= startProjectExchange(this.#options.project, {
      caller: shared.caller,
      store: shared.state.store,
      report: this.#options.report ?? (() => undefined),
    });
    const running = launch(prepared, run, shared);
    this.#running.add(running);
    const ended = (): boolean => this.#running.delete(running);
    running.handle.ended.then(ended, ended);
    return running;
  }

  #shared(): Shared {
    if (this.#closed !== undefined) throw new Fault('DP9001', 'the engine is closed');
    const { project, caller, jobs, durability = 'run', broker = NOBODY } = this.#options;
    this.#state ??= this.#ports.openState(project, caller, { readOnly: false, durability });
    return {
      state: this.#state,
      caller,
      broker,
      jobs,
      sharedJobs: this.#sharedJobs,
      threads: this.#threads,
      processEntry: this.#ports.processEntry,
    };
  }
}

/** Tells whether at least one function is sure to run: those with a cache may have stored results. */
function surelyRunsFunctions({ tasks, defaults }: Pipeline): boolean {
  for (const { work, settings } of tasks.values())
    if (work.is === 'function' && !(settings.cache ?? defaults.cache)) return true;
  return false;
}
