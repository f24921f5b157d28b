/** Tasks in processes of their own, and dp as a process that may be killed. */
import { expect, test } from 'vitest';
import { until } from '../waiting.ts';
import { Project } from './rig.ts';

/** What the task does once it is under way, with a child of its own. */
const project = (act: string): Project =>
  new Project({
    'p.yaml':
      'name: p\nmodules: [./m.mjs]\ndefaults: { isolation: process }\ntasks:\n  long: {}\n  behind: { needs: [long] }\n',
    'm.mjs': `import { spawn } from 'node:child_process';
export const long = async (_, { publish, signal }) => {
  spawn('sleep', ['600'], { stdio: 'inherit' });
  publish('test.here', null);
  await new Promise(setImmediate);
  ${act}
};
export const behind = () => 'never';
`,
  });

const BLOCKS = 'while (true) {}';
const WAITS = 'await new Promise(() => {})';

test.for([
  ['waits', WAITS],
  ['blocks', BLOCKS],
] as const)('when dp is killed, a process whose task %s goes with it', async ([, act]) => {
  using p = project(act);
  const dp = p.start({}, 'run', 'p.yaml', '--reporter', 'ndjson');
  await dp.said('test.here');
  dp.signal('SIGKILL');
  await dp.ended;
  await until(() => p.processes().length === 0);
  const { json } = await p.dp('show', '--json');
  expect(json.status).toBe('crashed');
});

test.for([
  ['SIGINT', 130, WAITS],
  ['SIGTERM', 143, BLOCKS],
  ['SIGHUP', 143, BLOCKS],
] as const)('%s ends what does not mind it: exit %i', async ([signal, exit, act]) => {
  using p = project(act);
  const dp = p.start({}, 'run', 'p.yaml', '--grace', '0.2', '--reporter', 'ndjson');
  await dp.said('test.here');
  dp.signal(signal);
  expect((await dp.ended).code).toBe(exit);
  await until(() => p.processes().length === 0);
  const { json } = await p.dp('show', '--json');
  expect(json.tasks).toMatchObject({
    long: { status: 'cancelled' },
    behind: { status: 'cancelled' },
  });
});
