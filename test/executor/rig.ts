import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../../src/app/engine.ts';
import type { Prepared } from '../../src/app/planning/prepared.ts';
import { openState } from '../../src/app/project/state.ts';
import { compileExpressions } from '../../src/config/expressions/compiled-expressions.ts';
import { parsePipeline } from '../../src/config/parse.ts';
import { MemoryBroker } from '../../src/events/memory.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { RunHandle, RunPolicy } from '../../src/executor/request.ts';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import type { IoManager } from '../../src/io/io-manager.ts';
import type { RecordedEvent } from '../../src/model/event.ts';
import { Fault } from '../../src/model/fault.ts';
import { digestOf, type Instant, type RunId, type TaskName } from '../../src/model/ids.ts';
import type { Json } from '../../src/model/json.ts';
import { secretValues } from '../../src/model/secrets.ts';
import { checkRun } from '../../src/model/run-check.ts';
import { foldRun, type RunRecord, type TaskRecord, type RunEnding } from '../../src/model/run.ts';
import type { TaskDefinition } from '../../src/model/task.ts';
import { NO_HISTORY, plan as makePlan } from '../../src/planner/planner.ts';
import { Registry } from '../../src/registry/registry.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { logFile } from '../../src/model/log-file.ts';
import { until } from '../waiting.ts';

export const WORKER = join(import.meta.dirname, '../../src/executor/worker/worker.ts');
/** Processes of tasks get no variables but their own, so that an argument tells them where compiled sources are. */
const COMPILED = `data:text/javascript,import { enableCompileCache } from 'node:module';
enableCompileCache(${JSON.stringify(process.env['NODE_COMPILE_CACHE'])})`;
export const PROCESS = {
  command: process.execPath,
  args: ['--import', COMPILED, join(import.meta.dirname, '../../src/executor/worker/process.ts')],
  watchdogFile: join(import.meta.dirname, '../../src/executor/worker/watchdog.ts'),
  hostArgs: [join(import.meta.dirname, '../../src/executor/workers/command-host-process.ts')],
};
const SYNC = readFileSync(join(import.meta.dirname, 'sync.ts'), 'utf8');

export interface RigOptions extends Partial<Omit<RunPolicy, 'cache'>> {
  readonly jobs?: number;
  readonly params?: Readonly<Record<string, Json>>;
  /** What stands around dp; tasks see the standard names and those the pipeline declares. */
  readonly env?: Readonly<Record<string, string>>;
  readonly heapMiB?: number;
  /** In place of the real ones. */
  readonly workerFile?: string;
  readonly store?: (real: RunStore) => RunStore;
  readonly now?: () => Instant;
}

/** A project with one module of tasks; pipelines run in it on real threads, one after another. */
export class Rig implements Disposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp run ')));
  readonly state = join(this.folder, '.dp');
  readonly #code: string;
  readonly io: IoManager;

  /** The module may import what `sync.ts` offers: meeting points between tasks, and with the test. */
  constructor(code = '') {
    this.#code = code;
    writeFileSync(join(this.folder, 'tasks.ts'), code);
    writeFileSync(join(this.folder, 'sync.ts'), SYNC);
    this.io = createFilesystemIo({ root: this.state });
  }

  /** Runs the tasks, given as YAML from the key `tasks:` on, until the run has ended. */
  async run(yaml: string, options: RigOptions = {}): Promise<Ran> {
    const started = await this.start(yaml, options);
    return started.ended;
  }

  async start(yaml: string, options: RigOptions = {}): Promise<Started> {
    return this.execute(await this.plan(yaml, options), options);
  }

  async plan(yaml: string, { params = {}, env = {} }: RigOptions = {}): Promise<Prepared> {
    const text = `name: test\nmodules: [./tasks.ts]\n${yaml}`;
    const file = join(this.folder, 'test.yaml');
    const { pipeline, diagnostics } = await parsePipeline(Buffer.from(text), file, this.folder);
    if (pipeline === undefined) throw Fault.of(diagnostics);
    const expressions = await compileExpressions(pipeline);
    const declaredEnv = Object.fromEntries(
      Object.entries(env).filter(([name]) => pipeline.env.includes(name)),
    );
    const defaults = [...pipeline.params.values()].map(({ name, default: value = null }) => [
      name,
      value,
    ]);
    const values = { ...Object.fromEntries(defaults), ...params };
    const envDigest = digestOf(Object.values(declaredEnv));
    const surroundings = { envDigest, env: declaredEnv, nodeMajor: 26 };
    /** Logical time of the runs. */
    const at = 0;
    const scope = {
      params: values,
      env: declaredEnv,
      run: { id: '', pipeline: 'test', time: new Date(at) },
      tasks: {},
    };
    const functions = [...pipeline.tasks.values()].flatMap(({ work }) =>
      work.is === 'function' ? [work.task.value] : [],
    );
    const registry = new Registry([...new Set(functions)].map((name) => this.#definition(name)));
    const { plan, diagnostics: problems } = makePlan({
      pipeline,
      registry,
      params: values,
      selection: {},
      history: NO_HISTORY,
      surroundings,
      at: 0,
      holds: ({ value }) => expressions.evaluate(value, scope) === true,
    });
    if (plan === undefined) throw Fault.of(problems);
    const secrets = secretValues(pipeline.secrets, declaredEnv);
    return {
      loaded: { pipeline, diagnostics, root: this.folder },
      selection: {},
      types: 'off',
      plan,
      expressions,
      registry,
      subs: { prepared: new Map(), described: new Map() },
      surroundings,
      declaredEnv,
      secrets,
      checks: new Map(),
      reads: new Map(),
      ground: { at, code: new Map(), nodeMajor: 26, declared: pipeline.env, env: declaredEnv },
      at,
    };
  }

  execute(prepared: Prepared, options: RigOptions = {}): Started {
    const { jobs = 2, byLevel = false, onFailure = 'continue', graceMs = 100 } = options;
    const { workerFile = WORKER, heapMiB, store = (real) => real, now } = options;
    const { PATH, HOME } = process.env;
    const broker = new MemoryBroker();
    const told: RecordedEvent[] = [];
    const listening = listen(broker, told);
    const engine = openEngine({
      project: this.folder,
      caller: {
        cwd: this.folder,
        env: { PATH, HOME },
        clock: { ...systemClock, ...(now && { now }) },
      },
      jobs,
      broker,
      ports: {
        openState: (...given) => {
          const state = openState(...given);
          return { ...state, store: store(state.store) };
        },
        worker: () => ({ workerFile, ...(heapMiB !== undefined && { heapMiB }) }),
        processEntry: () => PROCESS,
      },
    });
    const cache = { read: true, write: true };
    const started = engine.start(prepared, { byLevel, onFailure, graceMs, cache });
    if (started.is !== 'begun') throw new Error('the run was begun before');
    const { runId, handle, state } = started.running;
    const finish = async (): Promise<Ran> => {
      try {
        const ending = await handle.ended;
        await broker.close();
        await listening;
        const stored = [...state.store.read(runId)];
        // Whatever a test is about, an examination of the state finds nothing wrong with the record.
        const wrong = checkRun(runId, stored);
        if (wrong.length > 0) throw new Error(wrong.join('; '));
        const events = stored.map(({ event }) => event);
        return new Ran(this, runId, ending, events, told);
      } finally {
        await engine.close();
        await broker.close();
      }
    };
    return { runId, handle, told, ended: finish() };
  }

  /** A file of the project, as text; undefined when it is not there. */
  read(name: string): string | undefined {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Settles when a task has called `arrive(name)`. */
  async until(name: string): Promise<void> {
    await until(() => existsSync(join(this.folder, name)));
  }

  /** Changes one byte in every result of the task. */
  tamper(run: RunId, task: TaskName): void {
    const folder = join(this.state, 'runs', run, 'results', task);
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(join(folder, name), bytes);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Every name is a task of the module, and takes the outputs of its upstreams. */
  #definition(name: TaskName): TaskDefinition {
    const module = join(this.folder, 'tasks.ts');
    return {
      name,
      module,
      exportName: name,
      at: { file: module, line: 1, column: 1 },
      tags: [],
      dependencies: [],
      settings: {},
      parameters: { is: 'unknown' },
      codeHash: digestOf([this.#code]),
    };
  }
}

export interface Started {
  readonly runId: RunId;
  readonly handle: RunHandle;
  /** Events as they are told. */
  readonly told: readonly RecordedEvent[];
  readonly ended: Promise<Ran>;
}

/** A run that has ended, as its record tells it. */
export class Ran {
  readonly ending: RunEnding;
  readonly runId: RunId;
  readonly events: readonly RecordedEvent[];
  readonly told: readonly RecordedEvent[];
  readonly record: RunRecord;
  readonly #rig: Rig;

  constructor(
    rig: Rig,
    runId: RunId,
    ending: RunEnding,
    events: readonly RecordedEvent[],
    told: readonly RecordedEvent[],
  ) {
    this.#rig = rig;
    this.runId = runId;
    this.ending = ending;
    this.events = events;
    this.told = told;
    this.record = foldRun(runId, events);
  }

  get status(): string {
    return this.ending.status;
  }

  /** Task → status. */
  get statuses(): Record<TaskName, string> {
    return Object.fromEntries([...this.record.tasks].map(([name, { status }]) => [name, status]));
  }

  task(name: TaskName): TaskRecord {
    const task = this.record.tasks.get(name);
    if (task === undefined) throw new Error(`the run says nothing of ${name}`);
    return task;
  }

  async output(name: TaskName): Promise<unknown> {
    const ref = this.task(name).output;
    return ref === undefined || ref.is === 'void' ? undefined : this.#rig.io.load(ref);
  }

  log(name: TaskName, attempt = 1, element?: number): string {
    const file = logFile(this.#rig.state, this.runId, name, attempt, element);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Topics in order, of the run or of one task, without their common beginning. */
  topics(name?: TaskName): string[] {
    return this.events
      .filter(({ topic, task }) => topic.startsWith('run.task.') && (name ?? task) === task)
      .map(({ topic }) => topic.replace('run.task.', ''));
  }

  /** What was said on a topic. */
  data(topic: string): unknown[] {
    return this.events.filter((event) => event.topic === topic).map(({ data }) => data);
  }

  /** Position in the record, to ask what came before what. */
  at(topic: string, task: TaskName): number {
    return this.events.findIndex((event) => event.topic === topic && event.task === task);
  }
}

async function listen(broker: MemoryBroker, told: RecordedEvent[]): Promise<void> {
  for await (const event of broker.subscribe('**', { overflow: 'block' }))
    told.push(event as RecordedEvent);
}

/** Whether there is a process of that number which is more than a corpse. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}
