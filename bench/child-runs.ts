/**
 * Measures the runs of pipelines that are tasks: a chain of tasks, each of which is a pipeline of one task, beside the same
 * chain without pipelines. Budget: 10 ms a child run.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../src/app/engine.ts';
import { load } from '../src/app/planning/load.ts';
import { prepare } from '../src/app/planning/prepare.ts';
import type { Prepared } from '../src/app/planning/prepared.ts';
import { systemClock } from '../src/lib/clock.ts';
import { compare } from './measure.ts';
import { POLICY } from './policy.ts';

const LENGTH = 50;
const BUDGET_MS = 10;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-')));
const caller = { cwd: folder, env: process.env, clock: systemClock };
write('package.json', '{}');
write('m.mjs', 'export const nothing = () => undefined;');
write('child.yaml', 'name: child\nmodules: [./m.mjs]\ntasks: { nothing: {} }\n');
write('tasks.yaml', chain('tasks', 'task: nothing'));
write('pipelines.yaml', chain('pipelines', 'pipeline: ./child.yaml'));

try {
  await using engine = openEngine({ project: folder, caller, jobs: 1 });
  const run = async (what: Prepared): Promise<number> => {
    const started = engine.start(what, POLICY);
    if (started.is !== 'begun') throw new Error('the run was started before');
    const { status } = await started.running.handle.ended;
    if (status !== 'succeeded') throw new Error(`the run ${status}`);
    return LENGTH;
  };
  const [tasks, pipelines] = [
    await preparedFrom('tasks.yaml'),
    await preparedFrom('pipelines.yaml'),
  ];
  const [bare, child] = await compare(
    `a chain of ${LENGTH}, -j 1`,
    { tasks: () => run(tasks), 'pipelines of one task': () => run(pipelines) },
    { unit: 'tasks', runs: 11 },
  );
  const ms = 1_000 / child!.median - 1_000 / bare!.median;
  console.log(`  a child run takes ${ms.toFixed(1)} ms, budget ${BUDGET_MS} ms`);
  if (ms > BUDGET_MS) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function preparedFrom(file: string): Promise<Prepared> {
  const loaded = await load(join(folder, file), caller);
  return prepare(loaded, { selection: {}, readCache: true, types: 'off' }, caller);
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function chain(name: string, work: string): string {
  const tasks = Array.from({ length: LENGTH }, (_, n) => {
    const needs = n === 0 ? '' : `, needs: [t${n - 1}]`;
    return `  t${n}: { ${work}${needs} }\n`;
  });
  const modules = work.startsWith('task') ? 'modules: [./m.mjs]\n' : '';
  return `name: ${name}\n${modules}tasks:\n${tasks.join('')}`;
}
