/** `hooks:` of a pipeline file: what may stand there, and what is said of the rest. */
import { expect, test } from 'vitest';
import { mistakesIn, parse } from '../reading.ts';

const hooks = (...lines: string[]): string =>
  ['name: p', 'tasks: { a: }', 'hooks:', ...lines.map((line) => `  ${line}`), ''].join('\n');

test('hooks are tasks, behind the others, in the order in which they run', async () => {
  const { pipeline } = await parse(
    hooks('on_finish: { tidy: }', 'on_failure: { call: { run: "true" } }'),
  );
  const kinds = [...(pipeline?.tasks.values() ?? [])].map(({ name, hook }) => [name, hook]);
  expect(kinds).toEqual([
    ['a', undefined],
    ['call', 'on_failure'],
    ['tidy', 'on_finish'],
  ]);
});

test.each([
  [
    'an unknown kind of hook',
    hooks('on_sucess: { b: }'),
    ['4:3 DP1004 unknown key "on_sucess" in hooks → did you mean "on_success"?'],
  ],
  [
    'a kind as other tools call it',
    hooks('on_exit: { b: }'),
    ['4:3 DP1004 unknown key "on_exit" in hooks → write "on_finish"'],
  ],
  [
    'a kind at the top level',
    'name: p\ntasks: { a: }\nafter_script: x\n',
    ['3:1 DP1004 unknown key "after_script" → write `hooks: { on_finish: { NAME: … } }`'],
  ],
  [
    'needs, which a hook has no use for',
    hooks('on_finish: { b: { needs: [a] } }'),
    [
      '4:21 DP1004 unknown key "needs" in hooks.on_finish.b → a hook starts when every task has its outcome; read them as ${tasks.NAME.status} and ${tasks.NAME.output}',
    ],
  ],
  [
    'the name of a task',
    hooks('on_finish: { a: }'),
    [
      '4:16 DP1003 the hook "a" has the name of another task → rename one of them; both may run the same function: `task: NAME`',
    ],
  ],
  [
    'the name of another hook',
    hooks('on_success: { b: }', 'on_finish: { b: }'),
    [
      '5:16 DP1003 the hook "b" has the name of another task → rename one of them; both may run the same function: `task: NAME`',
    ],
  ],
  [
    'the status of the run, in a task',
    'name: p\ntasks: { a: { run: "echo ${run.status}" } }\n',
    [
      '2:28 DP1009 "run" has no "status" → only hooks have run.status: it is known when the tasks have ended',
    ],
  ],
  [
    'a misspelt field of the run, in a hook',
    hooks('on_finish: { b: { run: "echo ${run.statsu}" } }'),
    ['4:34 DP1009 "run" has no "statsu" → did you mean "status"?'],
  ],
  [
    'what another hook gave',
    hooks('on_finish: { b: { run: "echo ${tasks.c.status}" }, c: }'),
    ['4:34 DP1009 unknown task "c" → did you mean "a"?'],
  ],
  [
    'keys of functions in a command',
    hooks('on_finish: { b: { run: "true", with: { x: 1 } } }'),
    [
      '4:34 DP1005 "with" is for functions and pipelines, but this task runs a command → write values into the command as ${…}, or remove `run:`',
    ],
  ],
])('%s is told with its place', async (_sentence, yaml, mistakes) => {
  expect(await mistakesIn(yaml)).toEqual(mistakes);
});
