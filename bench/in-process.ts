/** Runs of dp without its command line: hand-made plans, executed in this process. */
import { join } from 'node:path';
import { executorProcess } from '../src/app/project/installation.ts';
import { MemoryBroker } from '../src/events/memory.ts';
import { systemClock } from '../src/lib/clock.ts';
import { execute } from '../src/executor/executor.ts';
import { beginRun } from '../src/executor/hold.ts';
import { SharedJobs } from '../src/executor/queue/shared-jobs.ts';
import type { RunHandle } from '../src/executor/request.ts';
import { Threads } from '../src/executor/workers/threads.ts';
import { createFilesystemIo } from '../src/io/filesystem.ts';
import type { Expressions } from '../src/model/expression.ts';
import { newRunId, type RunId, type TaskName } from '../src/model/ids.ts';
import type { Dependency, Plan, PlannedTask } from '../src/model/plan.ts';
import { thisProcess } from '../src/store/process-identity.ts';
import type { RunStore } from '../src/store/run-store.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../src/model/settings.ts';

export interface HandMade {
  readonly name: TaskName;
  /** Name of a function that the module exports. */
  readonly function: string;
  readonly level: number;
  readonly dependsOn?: readonly Dependency[];
  readonly settings?: Partial<TaskSettings>;
}

/** Makes a plan. Tasks are listed level by level. */
export function planOf(folder: string, module: string, made: readonly HandMade[]): Plan {
  const levels: TaskName[][] = [];
  const tasks = made.map((task, number): PlannedTask => {
    const { name, level, dependsOn = [], settings } = task;
    (levels[level] ??= []).push(name);
    return {
      name,
      id: `${number}`.padStart(64, '0'),
      key: null,
      level,
      dependsOn,
      tags: [],
      work: { is: 'function', module, task: task.function },
      codeHash: '',
      settings: { ...DEFAULT_SETTINGS, ...settings },
      with: {},
      mentions: [],
      at: { file: module, line: 1, column: 1 },
      decision: { action: 'run', reason: { is: 'never_succeeded' } },
    };
  });
  return {
    planId: '',
    pipeline: 'bench',
    file: module,
    folder,
    params: {},
    env: [],
    pools: new Map(),
    timeout: null,
    tasks,
    levels,
    given: new Map(),
    warnings: [],
  };
}

export interface Begun extends AsyncDisposable {
  readonly runId: RunId;
  readonly store: RunStore;
  readonly broker: MemoryBroker;
  readonly handle: RunHandle;
}

/** Starts a run whose state is in the plan's folder. The caller disposes of it. */
export function begin(
  plan: Plan,
  { jobs, workerFile }: { readonly jobs: number; readonly workerFile: string },
): Begun {
  const { folder } = plan;
  const state = join(folder, 'state');
  const store = openSqliteStore({ folder: state });
  const broker = new MemoryBroker();
  const runId = newRunId(Date.now());
  const held = { store, clock: systemClock, owner: thisProcess() };
  const threads = new Threads({ size: jobs, workerFile, env: {} });
  const handle = execute(
    {
      ...beginRun(held, plan, { runId, request: new Uint8Array() }),
      plan,
      at: Date.now(),
      jobs,
      byLevel: false,
      onFailure: 'continue',
      graceMs: 1_000,
      cache: { read: true, write: true },
      env: {},
      declaredEnv: {},
      secrets: [],
      surroundings: { envDigest: '', nodeMajor: 26 },
    },
    {
      store,
      broker,
      io: createFilesystemIo({ root: state }),
      expressions: NO_EXPRESSIONS,
      clock: systemClock,
      processEntry: executorProcess,
      sharedJobs: new SharedJobs(jobs),
      threads,
      session: {
        root: folder,
        code: new Map(),
        results: { kind: 'filesystem', root: state },
        logs: { kind: 'files', stateFolder: state },
      },
    },
  );
  const dispose = async (): Promise<void> => {
    await threads.close();
    await broker.close();
    store[Symbol.dispose]();
  };
  return { runId, store, broker, handle, [Symbol.asyncDispose]: dispose };
}

/** Expressions for tasks that have none. */
const NO_EXPRESSIONS: Expressions = {
  evaluate: () => true,
  render: (value) => value,
  shellCommand: (command) => ({ command, env: {} }),
};
