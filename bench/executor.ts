/**
 * No-op tasks through a whole run, stored and told, beside the same functions on bare piscina. Budget: half of its rate.
 * `node bench/executor.ts 100000` also runs so many tasks once, and says how long that takes and how much memory.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { MemoryBroker } from '../src/events/memory.ts';
import { systemClock } from '../src/executor/clock.ts';
import { execute } from '../src/executor/executor.ts';
import { executorProcess, executorWorker } from '../src/app/installation.ts';
import { createFilesystemIo } from '../src/io/filesystem.ts';
import { newRunId } from '../src/model/ids.ts';
import type { Expressions } from '../src/model/expression.ts';
import type { Plan, PlannedTask } from '../src/model/plan.ts';
import { DEFAULT_SETTINGS } from '../src/model/task.ts';
import { thisProcess } from '../src/store/process-identity.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { bundled } from './bundle.ts';
import { compare } from './measure.ts';

const WIDE = 10_000;
const jobs = availableParallelism();
const workerFile = bundled('worker.mjs') ?? executorWorker();
/** The tasks have none. */
const NO_EXPRESSIONS: Expressions = {
  evaluate: () => true,
  render: (value) => value,
  shellCommand: (command) => ({ command, env: {} }),
};
const folder = mkdtempSync(join(tmpdir(), 'dp-bench-'));
const module = join(folder, 'tasks.mjs');
const FUNCTIONS = {
  nothing: '() => undefined',
  object: '() => ({ rows: 3, name: "some", ok: true })',
} as const;
const exported = Object.entries(FUNCTIONS).map(([name, code]) => `export const ${name} = ${code};`);
writeFileSync(module, exported.join('\n'));

try {
  for (const name of ['nothing', 'object'] as const) {
    const plan = planOf(name, WIDE);
    await compare(
      `${WIDE.toLocaleString('en-US')} tasks that give ${name}, -j ${jobs}`,
      { 'bare piscina': () => onPiscina(name, WIDE), 'a run of dp': () => throughDp(plan) },
      { unit: 'tasks', runs: 5 },
    );
  }
  const large = Number(process.argv[2] ?? 0);
  if (large > 0) await once(planOf('nothing', large));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts its threads and ends them, as a run does. */
async function onPiscina(name: string, count: number): Promise<number> {
  const pool = new Piscina({ filename: module, name, maxThreads: jobs });
  await Promise.all(Array.from({ length: count }, () => pool.run({})));
  await pool.destroy();
  return count;
}

async function throughDp(plan: Plan): Promise<number> {
  const state = join(folder, 'state');
  const store = openSqliteStore({ folder: state });
  const broker = new MemoryBroker();
  let told = 0;
  const listening = (async () => {
    for await (const event of broker.subscribe('**', { overflow: 'block' }))
      if (event.topic === 'run.task.succeeded') told++;
  })();
  const runId = newRunId(Date.now());
  const owner = thisProcess();
  const { planId, pipeline, file } = plan;
  const request = new Uint8Array();
  store.begin({ runId, pipeline, planId, file, startedAt: Date.now(), owner, request });
  const handle = execute(
    {
      plan,
      runId,
      owner,
      epoch: 1,
      jobs,
      byLevel: false,
      onFailure: 'continue',
      graceMs: 1_000,
      cache: { read: true, write: true },
      env: {},
      declaredEnv: {},
      surroundings: { envDigest: '', nodeMajor: 26 },
    },
    {
      store,
      broker,
      io: createFilesystemIo({ root: state }),
      expressions: NO_EXPRESSIONS,
      clock: systemClock,
      workerFile,
      processEntry: executorProcess,
      session: { root: folder, stateFolder: state },
    },
  );
  const { status } = await handle.ended;
  await broker.close();
  await listening;
  store[Symbol.dispose]();
  if (status !== 'succeeded' || told !== plan.tasks.length)
    throw new Error(`the run ${status}, ${told} tasks told`);
  return told;
}

async function once(plan: Plan): Promise<void> {
  const began = performance.now();
  await throughDp(plan);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(`\n${plan.tasks.length} tasks once: ${seconds} s, at most ${mebibytes} MiB resident`);
}

/** Wide: no task waits for another. */
function planOf(name: keyof typeof FUNCTIONS, count: number): Plan {
  const tasks = Array.from({ length: count }, (_, number): PlannedTask => {
    return {
      name: `t${number}`,
      id: `${number}`.padStart(64, '0'),
      key: null,
      level: 0,
      dependsOn: [],
      tags: [],
      work: { is: 'function', module, task: name },
      codeHash: '',
      settings: DEFAULT_SETTINGS,
      with: {},
      mentions: [],
      at: { file: module, line: 1, column: 1 },
      decision: { action: 'run', reason: 'no stored result' },
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
    levels: [tasks.map((task) => task.name)],
    given: new Map(),
    warnings: [],
  };
}
