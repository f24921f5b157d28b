/**
 * Library: calls of a program that embeds dp go in, and reach the use cases that the command line calls, too.
 * It decides nothing, wires no run of its own, and imports no task module into the program.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Continued, type Engine, openEngine } from '../app/engine.ts';
import { collectGarbage, type Reclaimed } from '../app/maintenance/gc.ts';
import { registryOf } from '../app/planning/definitions.ts';
import { load, type Loaded } from '../app/planning/load.ts';
import { fileOf, loadDefinition } from '../app/planning/load-definition.ts';
import { prepare } from '../app/planning/prepare.ts';
import type { Prepared } from '../app/planning/prepared.ts';
import { type CallerContext, rootFor, stateFolderFor } from '../app/project/caller-context.ts';
import { findRun, readRun } from '../app/project/find-run.ts';
import { openHousekeeping } from '../app/project/housekeeping.ts';
import { usualJobs } from '../app/project/jobs.ts';
import { jobsWithin, meansOfThisProcess } from '../app/project/job-limits.ts';
import { learnSettings } from '../app/project/project-settings.ts';
import { listRuns } from '../app/project/list-runs.ts';
import { loadFromFile } from '../app/running/plan-again.ts';
import type { AddressedIo } from '../io/addressed-io.ts';
import { systemClock } from '../lib/clock.ts';
import { Fault } from '../model/fault.ts';
import type { RunId } from '../model/ids.ts';
import type { RunRecord, RunSummary } from '../model/run.ts';
import { inCode } from '../model/settings.ts';
import { Registry } from '../registry/registry.ts';
import { taskInfo, type TaskInfo } from '../registry/task-info.ts';
import { fileForm } from './file-form.ts';
import { filesystemIo } from './filesystem-io.ts';
import type {
  ContinueOptions,
  PlanRequestOptions,
  ProjectOptions,
  RepeatOptions,
  RetentionOptions,
  RunListOptions,
  RunRequestOptions,
  StartRequestOptions,
} from './options.ts';
import { DefinedPipeline, type PipelineSource } from './pipeline.ts';
import { millisecondsOf, planOptions, policyOf } from './plan-request.ts';
import { ProjectPlan } from './project-plan.ts';
import { ProjectRun } from './project-run.ts';

/** Throws what the constructor throws, and a Fault with every diagnostic when the project's `dp.yaml` is not sound. */
export async function openEmbedded(options: ProjectOptions): Promise<EmbeddedProject> {
  const env = process.env;
  const here = { cwd: process.cwd(), env, clock: systemClock, projects: new Map() };
  const root = options.root === undefined ? rootFor(here.cwd, here) : resolve(options.root);
  await learnSettings(root, here);
  return new EmbeddedProject(root, here, options);
}

export class EmbeddedProject implements AsyncDisposable {
  readonly root: string;
  /** The results of the project's runs. */
  readonly io: AddressedIo;
  readonly #caller: CallerContext;
  readonly #stateFolder: string;
  readonly #engine: Engine;
  readonly #defined = new Map<string, DefinedPipeline>();
  readonly #closing = new AbortController();

  /** Throws DP2001 for a number of jobs that is none, DP8002 when this process may not open enough files. */
  constructor(root: string, here: CallerContext, options: ProjectOptions) {
    const { stateDir, jobs, durability, broker } = options;
    this.root = root;
    const named = { ...here, ...(stateDir !== undefined && { stateFolder: stateDir }) };
    this.#stateFolder = stateFolderFor(this.root, named);
    // Every project of its pipelines keeps its state here.
    this.#caller = { ...here, cwd: this.root, stateFolder: this.#stateFolder };
    this.io = filesystemIo({ folder: this.#stateFolder });
    this.#engine = openEngine({
      project: this.root,
      caller: this.#caller,
      jobs: jobsWithin(checkedJobs(jobs) ?? usualJobs(root, this.#caller), meansOfThisProcess())
        .jobs,
      load: (file, runId) => this.#loadAgain(file, runId),
      report: (fault) => process.emitWarning(fault),
      ...(durability && { durability }),
      ...(broker && { broker: { publish: (_topic, event) => broker.forward(event) } }),
    });
  }

  /** Returns the tasks that the modules of a pipeline register. Throws a Fault with every diagnostic when one does not load. */
  async registry(source: PipelineSource): Promise<Registry<TaskInfo>> {
    const registry = await registryOf(await this.#load(source));
    return new Registry([...registry.all()].map(taskInfo));
  }

  /** Plans a pipeline and starts nothing. Writes nothing. Throws a Fault with every diagnostic when it cannot be planned. */
  async plan(source: PipelineSource, options: PlanRequestOptions = {}): Promise<ProjectPlan> {
    const { plan, at } = await this.#prepare(await this.#load(source), options);
    return new ProjectPlan(plan, { source, options: { ...options, at } });
  }

  /**
   * Plans a pipeline and starts a run of it; of a plan, exactly that: throws DP6007 when its files have changed meanwhile.
   * Settles when the run has begun. Throws like `plan`; DP2001 or DP6021 for a run id that cannot be used.
   */
  async start(
    source: PipelineSource | ProjectPlan,
    options: PlanRequestOptions & StartRequestOptions = {},
  ): Promise<ProjectRun> {
    const { runId, signal } = options;
    signal?.throwIfAborted();
    const asked = source instanceof ProjectPlan ? source.request : { source, options };
    const loaded = await this.#load(asked.source);
    this.#engine.warmUp(loaded);
    const prepared = await this.#prepare(loaded, { ...asked.options, cache: options.cache });
    if (source instanceof ProjectPlan) refuseChanged(source, prepared);
    signal?.throwIfAborted();
    const started = this.#engine.start(prepared, { ...policyOf(options), runId });
    if (started.is === 'begun') return this.#runOf(started.running, signal);
    const ended = this.#engine.outcomeOf(started.runId, prepared, this.#closing.signal);
    return this.#follow(started.runId, { ended, ...(signal && { signal }) });
  }

  /** Resumes a run that did not succeed and whose process is gone. Throws DP6004, DP6007 or DP6008. */
  async resume(run: string, options: ContinueOptions = {}): Promise<ProjectRun> {
    return this.#continue(run, options, (runId) => this.#engine.resume(runId, policyOf(options)));
  }

  /** Starts a new run that repeats an earlier one, with its parameters and selection. Throws DP6004 while a process holds the earlier one. */
  async retry(run: string, options: RepeatOptions = {}): Promise<ProjectRun> {
    const isPartly = options.failed === true || options.from !== undefined;
    const again = isPartly ? new Set(options.from) : 'all';
    return this.#continue(run, options, (runId) =>
      this.#engine.retry(runId, again, policyOf(options)),
    );
  }

  /** Yields the runs on record, the newest first. Runs that cannot be read are left out. */
  async *runs(options: RunListOptions = {}): AsyncGenerator<RunSummary> {
    for (let { before } = options; ;) {
      const asked = { ...options, ...(before !== undefined && { before }), limit: RUNS_AT_ONCE };
      const { runs } = this.#reading((state) => listRuns(state, asked));
      yield* runs;
      before = runs.at(-1)?.runId;
      if (runs.length < RUNS_AT_ONCE) return;
    }
  }

  /** Returns what is on record of a run: its id, the beginning of it, or `last`. Throws DP2007. */
  async show(run: string): Promise<RunRecord> {
    return this.#reading((state) => readRun(state, findRun(state, run)));
  }

  /** Removes old runs, expired cache entries, and results that nothing points to. Returns what was removed. */
  async gc({ keep, keepRuns, dryRun = false }: RetentionOptions = {}): Promise<Reclaimed> {
    using home = openHousekeeping(this.#stateFolder, dryRun ? 'read' : 'write');
    return await collectGarbage(home, {
      keepMs: keep === undefined ? null : millisecondsOf(keep, 'keep'),
      keepRuns: keepRuns ?? null,
      now: this.#caller.clock.now(),
      dryRun,
    });
  }

  /** Ends the project's runs, waits until that is on record, and closes everything that it opened. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(source: PipelineSource): Promise<Loaded> {
    if (!(source instanceof DefinedPipeline))
      return load(resolve(this.root, pathOf(source)), this.#caller);
    this.#defined.set(fileOf(source.definition), source);
    const written = fileForm(source.definition);
    try {
      return await loadDefinition({ written, at: source.at }, this.#caller);
    } catch (error) {
      throw error instanceof Fault ? inWordsOfCode(error) : error;
    }
  }

  async #loadAgain(file: string, runId: RunId): Promise<Loaded> {
    const defined = this.#defined.get(file);
    return defined === undefined
      ? loadFromFile(file, runId, this.#caller)
      : await this.#load(defined);
  }

  #prepare(
    loaded: Loaded,
    options: PlanRequestOptions & { readonly cache?: RunRequestOptions['cache'] | undefined },
  ): Promise<Prepared> {
    return prepare(loaded, planOptions(options, options.cache), this.#caller);
  }

  async #continue(
    word: string,
    { pipeline, signal }: ContinueOptions,
    act: (runId: RunId) => Promise<Continued>,
  ): Promise<ProjectRun> {
    signal?.throwIfAborted();
    if (pipeline !== undefined) this.#defined.set(fileOf(pipeline.definition), pipeline);
    const { running } = await act(this.#reading((state) => findRun(state, word)));
    return this.#runOf(running, signal);
  }

  #runOf({ runId, handle }: Continued['running'], signal: AbortSignal | undefined): ProjectRun {
    const cancel = (reason: string): void => handle.cancel(reason, 'drain');
    return this.#follow(runId, { ended: handle.ended, cancel, ...(signal && { signal }) });
  }

  #follow(
    runId: RunId,
    how: {
      readonly ended: Promise<unknown>;
      readonly cancel?: (reason: string) => void;
      readonly signal?: AbortSignal;
    },
  ): ProjectRun {
    const engine = this.#engine;
    const cancel = (reason: string): void => {
      engine.cancel(runId, { reason, how: 'drain' });
    };
    return new ProjectRun(runId, { engine, cancel, closing: this.#closing.signal, ...how });
  }

  #reading<T>(read: (state: ReturnType<Engine['reading']>) => T): T {
    using state = this.#engine.reading();
    return read(state);
  }
}

const RUNS_AT_ONCE = 100;

/** Throws DP2001 for what names no file. */
function pathOf(source: unknown): string {
  if (typeof source === 'string') return source;
  if (source instanceof URL && source.protocol === 'file:') return fileURLToPath(source);
  throw new Fault('DP2001', `${String(source)} is no pipeline`, {
    hint: 'give the path of a file, its file: URL, or what pipeline() returns',
  });
}

/** Throws DP6007. */
function refuseChanged({ planId, pipeline }: ProjectPlan, { plan }: Prepared): void {
  if (plan.planId === planId) return;
  throw new Fault('DP6007', `the pipeline "${pipeline}" has changed since it was planned`, {
    hint: 'plan it again',
  });
}

/** Throws DP2001. */
function checkedJobs(jobs: number | undefined): number | undefined {
  if (jobs === undefined || (Number.isInteger(jobs) && jobs > 0)) return jobs;
  throw new Fault('DP2001', `jobs has to be a whole number from 1, not ${jobs}`);
}

/** A definition has the keys as code has them. */
function inWordsOfCode({ diagnostics }: Fault): Fault {
  return Fault.of(
    diagnostics.map((diagnostic) => {
      const { message, hint } = diagnostic;
      return {
        ...diagnostic,
        message: inCode(message),
        ...(typeof hint === 'string' && { hint: inCode(hint) }),
      };
    }),
  );
}
