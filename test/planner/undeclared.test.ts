/** What tasks read and nobody declared. */
import { expect, test } from 'vitest';
import type { OutsideRead } from '../../src/model/task.ts';
import {
  undeclaredFiles,
  undeclaredInputs,
  unknownCacheNames,
} from '../../src/planner/undeclared.ts';
import { pipelineFrom, planOf, registryOf, told } from './pipelines.ts';

const place = (line: number) => ({ file: '/project/tasks.ts', line, column: 1 });
const READS = new Map<string, readonly OutsideRead[]>([
  [
    '/project/tasks.ts',
    [
      { is: 'env', name: 'TOKEN', at: place(1) },
      { is: 'env', name: 'ZONE', at: place(2) },
      { is: 'env', name: 'HOME', at: place(3) },
      { is: 'file', name: 'in.csv', at: place(4) },
    ],
  ],
]);

async function warnings(tasks: string): Promise<string[]> {
  const pipeline = await pipelineFrom(
    `name: p\nmodules: [./tasks.ts]\nenv: [TOKEN]\ntasks: ${tasks}`,
  );
  const plan = planOf(pipeline, { registry: registryOf('a()', 'b()') });
  return undeclaredInputs(plan, READS).map((found) => told(found).split(' → ')[0] ?? '');
}

test('a variable that is neither declared nor standard is reported once, with the tasks of its module', async () => {
  expect(await warnings('{ a: {}, b: {}, c: { run: "true" } }')).toEqual([
    '2:1 DP4010 a module of tasks "a", "b" reads the environment variable "ZONE", which is not declared, so no task sees it',
  ]);
});

test('a cached command has to say which files it reads, if any', async () => {
  const pipeline = await pipelineFrom(`name: p
defaults: { cache: true }
tasks:
  silent: { run: ./build.sh }
  listed: { run: ./build.sh, cache: { files: [build.sh] } }
  none: { run: date, cache: { files: [] } }
  fresh: { run: date, cache: false }`);
  const found = undeclaredFiles(planOf(pipeline), 'error');
  expect(found.map((each) => told(each).split(' → ')[0])).toEqual([
    '4:3 DP4010 the cached command "silent" does not say which files it reads, so its result is reused although they have changed',
  ]);
});

test('names under cache have to be parameters and variables of the pipeline', async () => {
  const pipeline = await pipelineFrom(`name: p
params: { year: { default: 2000 } }
env: [ZONE]
tasks:
  a: { run: date, cache: { params: [yaer], env: [ZONE, TOKEN], files: [] } }
  b: { run: date, cache: { params: [year], env: [], files: [] } }`);
  const plan = planOf(pipeline, { params: { year: 2000 } });
  expect(unknownCacheNames(plan).map(told)).toEqual([
    '5:3 DP4013 under `cache` of the task "a": there is no parameter "yaer" → did you mean "year"?',
    '5:3 DP4013 under `cache` of the task "a": there is no variable under `env:` or `secrets:` "TOKEN"',
  ]);
});
