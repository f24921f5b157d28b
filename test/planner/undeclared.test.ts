/** What tasks read and nobody declared. */
import { expect, test } from 'vitest';
import type { OutsideRead } from '../../src/model/task.ts';
import { undeclaredInputs } from '../../src/planner/undeclared.ts';
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

test('a file matters to a task whose result may be reused', async () => {
  expect(await warnings('{ a: { cache: true }, b: {} }')).toContain(
    '4:1 DP4010 a module of task "a" reads the file "in.csv", which is not part of a cache key',
  );
});
