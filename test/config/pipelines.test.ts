/** `pipeline:` of a task: what may stand beside it. */
import { expect, test } from 'vitest';
import { mistakesIn, parse } from './reading.ts';

const task = (keys: string): string => `name: p\ntasks:\n  a: { ${keys} }\n`;

test('a task may be another pipeline, fed like a function', async () => {
  const { pipeline } = await parse(task('pipeline: ./b.yaml, with: { year: 1 }, output: load'));
  expect(pipeline?.tasks.get('a')?.work).toMatchObject({
    is: 'pipeline',
    file: { value: './b.yaml', at: { line: 3, column: 18 } },
    output: { value: 'load' },
  });
});

test.each([
  [
    'a command beside it',
    'pipeline: ./b.yaml, run: x',
    ['3:8 DP1005 a task runs a command or a pipeline, not both → make two tasks of it'],
  ],
  [
    'a folder',
    'pipeline: ./b.yaml, cwd: x',
    ['3:28 DP1005 "cwd" is for commands and functions, but this task runs a pipeline → remove it'],
  ],
  [
    'a pool',
    'pipeline: ./b.yaml, pool: x',
    [
      '3:28 DP1005 "pool" is for functions and commands, but this task runs a pipeline → put it on the tasks of that pipeline, which do the work',
    ],
  ],
  [
    'an output without a pipeline',
    'output: load',
    [
      '3:8 DP1005 "output" is for pipelines, but this task runs a function → add `pipeline:`, or remove it',
    ],
  ],
  [
    'an expression in the path',
    'pipeline: "${params.file}"',
    [
      '3:18 DP1009 expressions are not evaluated in pipeline → which pipeline runs has to be known when the plan is made; `when:` chooses between tasks',
    ],
  ],
  [
    'the name of other tools',
    'subflow: ./b.yaml',
    ['3:8 DP1004 unknown key "subflow" in tasks.a → write "pipeline"'],
  ],
])('%s is reported with its place', async (_sentence, keys, mistakes) => {
  const found = await mistakesIn(task(keys));
  expect(found.filter((line) => !line.includes('is not declared'))).toEqual(mistakes);
});
