import { expect, test } from 'vitest';
import { define, mistakesOf, pipelineFrom, planOf, registryOf, taskIn } from './pipelines.ts';

const pipeline = (defaults: string, more: string) =>
  pipelineFrom(
    `name: p\nmodules: [./t.ts]\ndefaults: ${defaults}\ntasks:\n  a: { cwd: data${more} }\n`,
  );
const [onThread, inProcess] = [
  registryOf('a()'),
  registryOf(define('a()', { settings: { isolation: 'process' } })),
];

test('a folder of its own is for functions that have a process of their own', async () => {
  expect(mistakesOf(await pipeline('{}', ''), { registry: onThread })).toEqual([
    '5:13 DP1005 "cwd" is for commands and for functions that run in a process of their own, but "a" runs in a thread → add `isolation: process`, or remove it',
  ]);
});

test.each([
  ['the task', '{}', ', isolation: process', onThread],
  ['the defaults', '{ isolation: process }', '', onThread],
  ['the code', '{}', '', inProcess],
] as const)('that %s may ask for', async (_who, defaults, more, registry) => {
  const plan = planOf(await pipeline(defaults, more), { registry });
  expect(taskIn(plan, 'a').work).toMatchObject({ is: 'function', cwd: 'data' });
});
