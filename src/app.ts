/**
 * The wiring: makes the adapters and hands them to the rooms; one sentence per command.
 * A path to a pipeline file comes in; a plan, a run or a view of the state goes out.
 * It decides nothing that a room could decide.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { compileExpressions } from './config/compiled-expressions.ts';
import { expandModules, projectRoot } from './config/modules.ts';
import { resolveParams, type GivenParams } from './config/params.ts';
import { parsePipeline } from './config/parse.ts';
import { MemoryBroker } from './events/memory.ts';
import type { SubscribeOptions } from './events/broker.ts';
import { execute } from './executor/executor.ts';
import { changesSince, decodeRequest, encodeRequest, keptWork } from './executor/resumption.ts';
import { Threads } from './executor/threads.ts';
import type { EarlierWork, RunHandle } from './executor/request.ts';
import {
  cacheFolder,
  discoveryWorker,
  executorWorker,
  transformer,
  typescript,
} from './installation.ts';
import { createFilesystemIo } from './io/filesystem.ts';
import type { IoManager } from './io/io-manager.ts';
import { hasErrors, type Diagnostic } from './model/diagnostic.ts';
import type { RecordedEvent } from './model/event.ts';
import type { Expressions } from './model/expression.ts';
import { Fault } from './model/fault.ts';
import {
  digestOf,
  newRunId,
  type Digest,
  type Milliseconds,
  type RunId,
  type TaskName,
} from './model/ids.ts';
import { type JsonObject } from './model/json.ts';
import type { Pipeline } from './model/pipeline.ts';
import type { Plan } from './model/plan.ts';
import { foldRun } from './model/run.ts';
import type { TaskDefinition } from './model/task.ts';
import {
  NO_HISTORY,
  plan as makePlan,
  type History,
  type Planned,
  type PlanRequest,
  type StoredOutput,
  type Surroundings,
} from './planner/planner.ts';
import { argumentChecks, type ArgumentChecks } from './planner/argument-checks.ts';
import { checkableTasks } from './planner/checkable.ts';
import { unknownTask, type Selection } from './planner/selection.ts';
import { checkModule, typeDiagnostics } from './planner/type-check.ts';
import { discover } from './registry/discovery.ts';
import { Registry } from './registry/registry.ts';
import type { CompilerLocation } from './registry/types/options.ts';
import { openTypes, type Types } from './registry/types/types.ts';
import { thisProcess } from './store/process-identity.ts';
import type { RunStore } from './store/run-store.ts';
import { openSqliteStore } from './store/sqlite.ts';

// What commands show of the rooms behind.
export { pipelineFormatSchema } from './config/format.ts';
export { topicMatches } from './events/topics.ts';
export { logFile } from './executor/attempt-log.ts';
export type { RunEnding } from './executor/request.ts';
export type { Threads } from './executor/threads.ts';
export type { Selection } from './planner/selection.ts';

/** Where commands stand and what surrounds them. */
export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Overrides `.dp` in the project. */
  readonly stateFolder?: string;
}

/** A pipeline file, read and checked for itself. */
export interface Loaded {
  readonly pipeline: Pipeline;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
  /** The project's folder. */
  readonly root: string;
}

/** `file` may be `-`: standard input. Throws a Fault with every diagnostic when the file is not sound. */
export async function load(file: string, place: Place): Promise<Loaded> {
  const fromInput = file === '-';
  const path = fromInput ? '<stdin>' : resolve(place.cwd, file);
  const folder = fromInput ? place.cwd : dirname(path);
  const bytes = fromInput ? await buffer(process.stdin) : await readPipelineFile(path, file);
  const { pipeline, diagnostics } = await parsePipeline(bytes, path, folder);
  if (pipeline === undefined || hasErrors(diagnostics)) throw Fault.of(diagnostics);
  return { pipeline, diagnostics, root: rootFor(folder, place) };
}

/** The nearest folder that looks like a project; where none does, the folder one stands in if the file is below it. */
export function rootFor(folder: string, { cwd }: Place): string {
  const root = projectRoot(folder, existsSync);
  const isBelow = !relative(cwd, folder).startsWith('..');
  return root === folder && isBelow ? cwd : root;
}

export function stateFolderFor(root: string, { cwd, env, stateFolder }: Place): string {
  const named = stateFolder ?? env['DP_STATE_DIR'];
  return named === undefined || named === '' ? join(root, '.dp') : resolve(cwd, named);
}

/** Every pipeline file of the project, sorted. */
export async function pipelineFiles(place: Place): Promise<string[]> {
  const folder = join(rootFor(place.cwd, place), 'pipelines');
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** What the pipeline's modules register, as far as they can tell by themselves. Throws a Fault with every diagnostic when one does not load. */
async function definitionsOf({ pipeline, root }: Loaded): Promise<readonly TaskDefinition[]> {
  const { files, diagnostics } = await expandModules(pipeline, {
    root,
    list: listFolder,
    realPath: (file) => realpath(file).catch(() => undefined),
  });
  if (hasErrors(diagnostics)) throw Fault.of(diagnostics);
  const binding = transformer();
  const found = await discover(files, {
    root,
    cacheFolder: cacheFolder(),
    workerFile: discoveryWorker(),
    needed: functionsIn(pipeline),
    ...(binding === undefined ? {} : { transformerFile: binding }),
  });
  if (hasErrors(found.diagnostics)) throw Fault.of(found.diagnostics);
  return found.definitions;
}

/** What the pipeline's modules register, parameters and outputs as their types say. Throws like `prepare`. */
export async function registryOf(loaded: Loaded): Promise<Registry> {
  using types = typesOf(loaded.root);
  const { definitions } = await types.extract(await definitionsOf(loaded));
  return new Registry(definitions);
}

function functionsIn({ tasks }: Pipeline): Set<TaskName> {
  const names = new Set<TaskName>();
  for (const { work } of tasks.values()) if (work.is === 'function') names.add(work.task.value);
  return names;
}

function typesOf(root: string): Types {
  return openTypes({ root, cacheFolder: cacheFolder(), compiler: compilerLocation() });
}

function compilerLocation(): CompilerLocation {
  try {
    return { executable: typescript() };
  } catch {
    // The check of types says so, and everything else works.
    return { isMissing: true };
  }
}

export interface PlanOptions {
  /** Absent: nobody gives any, and none is missed; defaults stand in. */
  readonly params?: GivenParams;
  readonly selection: Selection;
  readonly force?: true | ReadonlySet<TaskName>;
  /** Look for stored results. */
  readonly readCache: boolean;
  readonly types: TypeCheck;
}

/** `extract` learns parameters and outputs only; `strict` also reports edges of which nothing could be checked. */
export type TypeCheck = 'off' | 'extract' | 'on' | 'strict';

export interface Prepared {
  readonly loaded: Loaded;
  readonly selection: Selection;
  readonly plan: Plan;
  readonly expressions: Expressions;
  readonly surroundings: Surroundings;
  readonly declaredEnv: Readonly<Record<string, string>>;
  readonly checks: ArgumentChecks;
}

/** Plans a pipeline. Throws a Fault with every diagnostic when it cannot be planned. Writes nothing. */
export async function prepare(
  loaded: Loaded,
  options: PlanOptions,
  place: Place,
): Promise<Prepared> {
  const { pipeline } = loaded;
  refuseUnknown(pipeline, options.force);
  const params =
    options.params === undefined ? defaultsOf(pipeline) : await given(pipeline, options.params);
  using types = typesOf(loaded.root);
  const definitions = await definitionsOf(loaded);
  const extracted = await extract(types, definitions, options.types);
  const registry = new Registry(extracted.definitions);
  const expressions = await compileExpressions(pipeline);
  const declaredEnv = pick(place.env, pipeline.env);
  const surroundings = {
    envDigest: digestOf(pipeline.env.toSorted().flatMap((name) => [name, declaredEnv[name]])),
    nodeMajor: Number.parseInt(process.versions.node, 10),
  };
  const scope = { params, env: declaredEnv, run: { id: '', pipeline: pipeline.name }, tasks: {} };
  using history = openHistory(loaded, options.readCache, place);
  const planned = await planVerified(history, {
    pipeline,
    registry,
    params,
    selection: options.selection,
    surroundings,
    holds: (condition) =>
      options.params === undefined || expressions.evaluate(condition, scope) === true,
    ...(options.force === undefined ? {} : { force: options.force }),
  });
  const warnings = [...loaded.diagnostics, ...extracted.diagnostics];
  if (planned.plan === undefined) throw Fault.of([...planned.diagnostics, ...warnings]);
  warnings.push(...planned.plan.warnings);
  warnings.push(...(await checkEdges(types, loaded, registry, options.types)));
  if (hasErrors(warnings)) throw Fault.of(warnings);
  const plan = { ...planned.plan, warnings };
  const { selection } = options;
  const checks = argumentChecks(plan, pipeline.params, registry);
  return { loaded, selection, plan, expressions, surroundings, declaredEnv, checks };
}

/** A task that is forced by a name it does not have would be taken from the cache in silence. */
function refuseUnknown({ tasks }: Pipeline, force: PlanOptions['force']): void {
  if (force === undefined || force === true) return;
  const unknown = [...force].filter((name) => !tasks.has(name));
  if (unknown.length === 0) return;
  throw Fault.of(unknown.map((name) => unknownTask(name, tasks.keys())));
}

async function extract(
  types: Types,
  definitions: readonly TaskDefinition[],
  check: TypeCheck,
): ReturnType<Types['extract']> {
  return check === 'off' || definitions.length === 0
    ? { definitions, diagnostics: [] }
    : types.extract(definitions);
}

/** Every edge, whatever is selected. */
async function checkEdges(
  types: Types,
  { pipeline, root }: Loaded,
  registry: Registry,
  check: TypeCheck,
): Promise<readonly Diagnostic[]> {
  if (check === 'off' || check === 'extract' || registry.size === 0) return [];
  const tasks = checkableTasks(pipeline, registry);
  const question = checkModule({ tasks, params: pipeline.params, strict: check === 'strict' });
  const outcome = await types.check(question.request);
  return [...outcome.diagnostics, ...typeDiagnostics(question, outcome, root)];
}

/** A stored result that is gone or altered is no result: the plan is made again without it. */
async function planVerified(
  history: OpenHistory,
  request: Omit<PlanRequest, 'history'>,
): Promise<Planned> {
  const sound = new Set<Digest>();
  const gone = new Set<Digest>();
  const cached = (key: Digest): StoredOutput | undefined =>
    gone.has(key) ? undefined : history.cached(key);
  for (;;) {
    const planned = makePlan({
      ...request,
      history: { cached, last: (task) => history.last(task) },
    });
    const goneBefore = gone.size;
    for (const { key, decision } of planned.plan?.tasks ?? []) {
      if (key === null || decision.action !== 'cached' || sound.has(key)) continue;
      ((await history.io.has(decision.output)) ? sound : gone).add(key);
    }
    if (gone.size === goneBefore) return planned;
  }
}

async function given(
  pipeline: Pipeline,
  params: NonNullable<PlanOptions['params']>,
): Promise<JsonObject> {
  const { values, diagnostics } = await resolveParams(pipeline, params);
  if (hasErrors(diagnostics)) throw Fault.of(diagnostics);
  return values;
}

function defaultsOf({ params }: Pipeline): JsonObject {
  return Object.fromEntries(
    [...params.values()].map((param) => [param.name, param.default ?? null]),
  );
}

export interface RunOptions {
  readonly jobs: number;
  readonly byLevel: boolean;
  readonly onFailure: 'continue' | 'stop';
  readonly graceMs: Milliseconds;
  readonly cache: { readonly read: boolean; readonly write: boolean };
  readonly durability: 'run' | 'task';
  /** From `beginThreads`, of the same size. */
  readonly threads?: Threads;
}

/** A thread on its way for a pipeline with functions, while its plan is still being made. The caller closes it when no run follows. */
export function beginThreads({ pipeline }: Loaded, jobs: number, place: Place): Threads {
  const env = { ...standardEnv(place.env), ...pick(place.env, pipeline.env) };
  const threads = new Threads({ size: jobs, workerFile: executorWorker(), env });
  if (functionsIn(pipeline).size > 0) void threads.begin();
  return threads;
}

export interface Running {
  readonly runId: RunId;
  readonly handle: RunHandle;
  readonly state: State;
  /** Events of the run from its beginning, for those who ask at once; ends with the run. */
  follow(pattern: string, options?: SubscribeOptions): AsyncIterable<RecordedEvent>;
}

/** What runs leave behind, opened. */
export interface State extends Disposable {
  readonly folder: string;
  readonly store: RunStore;
  readonly io: IoManager;
}

export function openState(
  root: string,
  place: Place,
  options: { readonly readOnly: boolean; readonly durability?: 'run' | 'task' },
): State {
  const folder = stateFolderFor(root, place);
  const store = openSqliteStore({ folder, ...options });
  return {
    folder,
    store,
    io: createFilesystemIo({ root: folder }),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

/** Begins a run; the caller disposes of its state when it has ended. */
export function startRun(prepared: Prepared, options: RunOptions, place: Place): Running {
  const { loaded, plan, selection } = prepared;
  const state = openState(loaded.root, place, { readOnly: false, durability: options.durability });
  const startedAt = Date.now();
  const runId = newRunId(startedAt);
  const { planId, pipeline, file } = plan;
  const request = encodeRequest(plan, selection);
  state.store.begin({ runId, pipeline, planId, file, startedAt, owner: thisProcess(), request });
  return launch(prepared, options, place, { state, runId, epoch: 1 });
}

/** What a run was asked to do, planned again as the files are today. Throws DP6007 when they are not what they were. */
export async function prepareAgain(runId: RunId, state: State, place: Place): Promise<Prepared> {
  const run = state.store.get(runId);
  const bytes = state.store.request(runId);
  if (run === undefined || bytes === undefined)
    throw new Fault('DP2007', `there is no run "${runId}"`);
  if (run.file.startsWith('<'))
    throw new Fault('DP6007', `run ${runId} was read from standard input, which is gone`);
  const { params, selection, ...request } = decodeRequest(bytes);
  const loaded = await load(run.file, place);
  const prepared = await prepare(
    loaded,
    { params: { json: params }, selection, readCache: true, types: 'on' },
    place,
  );
  const changes = changesSince({ params, selection, ...request }, prepared.plan);
  if (changes.length === 0) return prepared;
  throw Fault.of(
    changes.map((message) => ({
      code: 'DP6007',
      severity: 'error',
      message,
      hint: `\`dp run\` begins a new run with what is there today`,
    })),
  );
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
  const record = foldRun(runId, recordedEvents(state, runId));
  const earlier = await keptWork(record, (ref) => state.io.has(ref));
  return launch(prepared, options, place, { state, runId, epoch, earlier });
}

export function* recordedEvents({ store }: State, runId: RunId): Generator<RecordedEvent> {
  for (const { event } of store.read(runId)) yield event;
}

interface Held {
  readonly state: State;
  readonly runId: RunId;
  readonly epoch: number;
  readonly earlier?: EarlierWork;
}

function launch(prepared: Prepared, options: RunOptions, place: Place, held: Held): Running {
  const { loaded, plan, expressions, surroundings, declaredEnv, checks } = prepared;
  const { state, runId } = held;
  const broker = new MemoryBroker();
  const binding = transformer();
  const { jobs, byLevel, onFailure, graceMs, cache, threads } = options;
  const handle = execute(
    {
      plan,
      runId,
      owner: thisProcess(),
      epoch: held.epoch,
      jobs,
      byLevel,
      onFailure,
      graceMs,
      cache,
      env: { ...standardEnv(place.env), ...declaredEnv },
      declaredEnv,
      surroundings,
      checks,
      ...(held.earlier === undefined ? {} : { earlier: held.earlier }),
    },
    {
      store: state.store,
      broker,
      io: state.io,
      expressions,
      now: Date.now,
      workerFile: executorWorker(),
      ...(threads === undefined ? {} : { threads }),
      session: {
        root: loaded.root,
        stateFolder: state.folder,
        cacheFolder: cacheFolder(),
        ...(binding === undefined ? {} : { transformerFile: binding }),
      },
    },
  );
  const ended = closingAfter(handle.ended, broker);
  return {
    runId,
    handle: { ended, cancel: (reason, how) => handle.cancel(reason, how) },
    state,
    // Whatever a run tells has a run on record.
    follow: (pattern, how) => broker.subscribe(pattern, how) as AsyncIterable<RecordedEvent>,
  };
}

async function closingAfter<T>(ended: Promise<T>, broker: MemoryBroker): Promise<T> {
  try {
    return await ended;
  } finally {
    await broker.close();
  }
}

interface OpenHistory extends History, Disposable {
  readonly io: IoManager;
}

/** The state, read only: planning in a read-only project works and leaves no trace. */
function openHistory({ pipeline, root }: Loaded, read: boolean, place: Place): OpenHistory {
  const folder = stateFolderFor(root, place);
  const io = createFilesystemIo({ root: folder });
  if (!read || !existsSync(folder)) {
    return { ...NO_HISTORY, io, [Symbol.dispose]: () => undefined };
  }
  const store = openSqliteStore({ folder, readOnly: true });
  return {
    io,
    cached: (key) => {
      const entry = store.cached(key, Date.now());
      return entry === undefined ? undefined : { output: entry.output, run: entry.run };
    },
    last: (task) => {
      const last = store.lastOutcome(pipeline.name, task);
      return last === undefined ? undefined : { output: last.output, run: last.runId };
    },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

async function readPipelineFile(path: string, shown: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new Fault('DP2002', `there is no file ${shown}`, {
        cause,
        hint: '`dp init` makes a project with a pipeline that runs',
      });
    if (code === 'EISDIR')
      throw new Fault('DP2002', `${shown} is a folder, not a pipeline file`, { cause });
    throw new Fault('DP8002', `${shown} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function listFolder(
  folder: string,
): Promise<{ name: string; isFolder: boolean }[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch {
    // Absent or unreadable: the caller says which pattern found nothing.
    return undefined;
  }
}

/** What every task may see of the environment, declared or not. */
function standardEnv(env: Place['env']): Record<string, string> {
  const names = Object.keys(env).filter((name) =>
    /^(?:PATH|HOME|LANG|LC_[A-Z_]+|TZ|TMPDIR)$/.test(name),
  );
  return pick(env, names);
}

function pick(env: Place['env'], names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
