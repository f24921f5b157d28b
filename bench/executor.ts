/**
 * Measures no-op tasks in a whole run, stored and published, against the same functions on bare piscina. Budget: half of its rate.
 * `node bench/executor.ts 100000` also runs so many tasks once, and prints the time and memory of that.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { Prepared } from '../src/app/planning/prepared.ts';
import { MemoryBroker } from '../src/events/memory.ts';
import { engineIn, prepared } from './in-process.ts';
import { compare } from './measure.ts';

const WIDE = 10_000;
const jobs = availableParallelism();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-')));
const module = join(folder, 'tasks.mjs');
const FUNCTIONS = {
  nothing: '() => undefined',
  object: '() => ({ rows: 3, name: "some", ok: true })',
} as const;
const exported = Object.entries(FUNCTIONS).map(([name, code]) => `export const ${name} = ${code};`);
writeFileSync(module, exported.join('\n'));

try {
  for (const name of ['nothing', 'object'] as const) {
    const plan = await wide(name, WIDE);
    await compare(
      `${WIDE.toLocaleString('en-US')} tasks that give ${name}, -j ${jobs}`,
      { 'bare piscina': () => onPiscina(name, WIDE), 'a run of dp': () => throughDp(plan) },
      { unit: 'tasks', runs: 5 },
    );
  }
  const large = Number(process.argv[2] ?? 0);
  if (large > 0) await once(await wide('nothing', large));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts threads and ends them, as a run does. */
async function onPiscina(name: string, count: number): Promise<number> {
  const pool = new Piscina({ filename: module, name, maxThreads: jobs });
  await Promise.all(Array.from({ length: count }, () => pool.run({})));
  await pool.destroy();
  return count;
}

async function throughDp(what: Prepared): Promise<number> {
  await using broker = new MemoryBroker();
  let told = 0;
  const listening = (async () => {
    for await (const event of broker.subscribe('**', { overflow: 'block' }))
      if (event.topic === 'run.task.succeeded') told++;
  })();
  await using engine = engineIn(folder, jobs, broker);
  const { status } = await engine.run(what).handle.ended;
  await broker.close();
  await listening;
  if (status !== 'succeeded' || told !== what.plan.tasks.length)
    throw new Error(`the run ${status}, ${told} tasks told`);
  return told;
}

async function once(what: Prepared): Promise<void> {
  const began = performance.now();
  await throughDp(what);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(
    `\n${what.plan.tasks.length} tasks once: ${seconds} s, at most ${mebibytes} MiB resident`,
  );
}

/** Returns a plan in which no task depends on another. */
function wide(name: keyof typeof FUNCTIONS, count: number): Promise<Prepared> {
  const tasks = Array.from({ length: count }, (_, number) => `  t${number}: { task: ${name} }\n`);
  return prepared(folder, name, `modules: [./tasks.mjs]\ntasks:\n${tasks.join('')}`);
}
