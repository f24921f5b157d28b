import { expect, test } from 'vitest';
import { Rig } from './rig.ts';

const TASKS = `
  export const answer = () => JSON.parse('"true"');
  export const bad = () => { throw new Error('bad'); };
  export async function* stream() { yield 1; yield 2; }
  export const use = ({ x = 'nothing' }) => x;`;

test('a condition that is neither true nor false fails its task, and does not skip it', async () => {
  using rig = new Rig(TASKS);
  const ran = await rig.run(`tasks:
  answer: {}
  use: { when: '\${tasks.answer.output}' }`);
  const { status, error } = ran.task('use');
  expect(status).toBe('failed');
  expect(error?.message).toBe('`when` is true or false, and ${tasks.answer.output} gives a string');
});

test('a value that is all of an output is undefined where there is none', async () => {
  using rig = new Rig(TASKS);
  const ran = await rig.run(`tasks:
  bad: { fail_safe: true }
  use: { with: { x: '\${tasks.bad.output}' } }
hooks:
  on_finish: { told: { task: use, with: { x: '\${tasks.bad.output}' } } }`);
  expect(await ran.output('use')).toBe('nothing');
  expect(await ran.output('told')).toBe('nothing');
});

test('an expression does not read a stream', async () => {
  using rig = new Rig(TASKS);
  const ran = await rig.run(`tasks:
  stream: {}
  value: { task: use, with: { x: '\${tasks.stream.output}' } }
  each: { task: use, map: { over: '\${tasks.stream.output}', as: x } }
  status: { task: use, with: { x: '\${tasks.stream.status}' } }`);
  for (const name of ['value', 'each'])
    expect(ran.task(name).error?.message).toBe(
      'the output of task "stream" is a stream, which expressions cannot read',
    );
  expect(await ran.output('status')).toBe('succeeded');
});
