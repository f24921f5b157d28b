/**
 * Measures the runs of pipelines that are tasks: a chain of tasks, each of which is a pipeline of one task, beside the same
 * chain without pipelines. Budget: 10 ms a child run.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prepared } from '../src/app/planning/prepared.ts';
import { engineIn, prepared } from './in-process.ts';
import { compare } from './measure.ts';

const LENGTH = 50;
const BUDGET_MS = 10;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-')));
write('package.json', '{}');
write('m.mjs', 'export const nothing = () => undefined;');
write('child.yaml', 'name: child\nmodules: [./m.mjs]\ntasks: { nothing: {} }\n');

try {
  await using engine = engineIn(folder, 1);
  const run = async (what: Prepared): Promise<number> => {
    const { status } = await engine.run(what).handle.ended;
    if (status !== 'succeeded') throw new Error(`the run ${status}`);
    return LENGTH;
  };
  const tasks = await prepared(folder, 'tasks', chain('task: nothing'));
  const pipelines = await prepared(folder, 'pipelines', chain('pipeline: ./child.yaml'));
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

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function chain(work: string): string {
  const tasks = Array.from({ length: LENGTH }, (_, n) => {
    const needs = n === 0 ? '' : `, needs: [t${n - 1}]`;
    return `  t${n}: { ${work}${needs} }\n`;
  });
  const modules = work.startsWith('task') ? 'modules: [./m.mjs]\n' : '';
  return `${modules}tasks:\n${tasks.join('')}`;
}
