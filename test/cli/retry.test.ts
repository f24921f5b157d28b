import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Project } from './rig.ts';

/** Every task leaves its name behind when it runs; `load` fails until there is a file `good`. */
const CHAIN = {
  'p.yaml': `name: chain
modules: [./m.ts]
params: { factor: { type: integer, default: 1 } }
tasks:
  read: { with: { factor: "\${params.factor}" } }
  load: { needs: [read] }
  tell: { needs: [load] }
`,
  'm.ts': `import { appendFileSync, existsSync } from 'node:fs';
import { task } from 'dp';
const ran = (name: string) => appendFileSync('ran.txt', name + ' ');
export const read = task({}, ({ factor }: { factor: number }) => { ran('read'); return 2 * factor; });
export const load = task({}, ({ read }: { read: number }) => {
  ran('load');
  if (!existsSync('good')) throw new Error('not yet');
  return read + 1;
});
export const tell = task({}, ({ load }: { load: number }) => { ran('tell'); return load * 10; });
`,
};

async function failed(): Promise<Project> {
  const project = new Project(CHAIN);
  expect((await project.dp('run', 'p.yaml', '-p', 'factor=4')).code).toBe(1);
  project.write({ good: '', 'ran.txt': '' });
  return project;
}

test('a retry of what failed is a new run that keeps what succeeded, parameters included', async () => {
  using project = await failed();
  const before = (await project.dp('show', 'last', '--json')).json;
  const { code, json } = await project.dp('retry', 'last', '--failed', '--json');
  expect(code).toBe(0);
  expect(json.runId).not.toBe(before.runId);
  expect(json).toMatchObject({ retryOf: before.runId, tasks: { read: { status: 'cached' } } });
  expect(project.read('ran.txt')).toBe('load tell ');
  expect((await project.dp('output', 'last', 'tell', '--json')).out).toBe('90\n');
  expect((await project.dp('show')).out).toContain(`retry of run ${before.runId}`);
});

test('without a word a retry runs every task again', async () => {
  using project = await failed();
  expect((await project.dp('retry', 'last')).code).toBe(0);
  expect(project.read('ran.txt')).toBe('read load tell ');
});

test('a retry from a task runs it and what follows, in a run that succeeded too', async () => {
  using project = await failed();
  expect((await project.dp('retry', 'last')).code).toBe(0);
  project.write({ 'ran.txt': '' });
  expect((await project.dp('retry', 'last', '--from', 'tell')).code).toBe(0);
  expect(project.read('ran.txt')).toBe('tell ');
});

test('mended code is said before anything runs, and runs', async () => {
  using project = await failed();
  project.write({ 'm.ts': CHAIN['m.ts'].replace('load * 10', 'load * 11') });
  const { code, err } = await project.dp('retry', 'last', '--failed');
  expect(code).toBe(0);
  expect(err).toContain('the code of task "tell" has changed since run');
  expect((await project.dp('output', 'last', 'tell', '--json')).out).toBe('99\n');
});

test('a retry from another folder has the folders, parameters and upstream outputs of then', async () => {
  using project = new Project({
    'package.json': '{}',
    'p.yaml': `name: p
params: { word: { type: string, default: none } }
tasks:
  first: { run: 'pwd; echo first >> ran.txt', cwd: ./work }
  second: { run: "pwd; printf '%s %s' \${params.word} \${tasks.first.output.stdout}; test -e good", needs: [first] }
`,
    'work/here': '',
    'elsewhere/here': '',
  });
  expect((await project.dp('run', 'p.yaml', '-p', "word=it's")).code).toBe(1);
  project.write({ good: '' });
  const again = { cwd: 'elsewhere' };
  expect((await project.dpWith(again, 'retry', 'last', '--failed')).code).toBe(0);
  expect(project.read('work/ran.txt')).toBe('first\n');
  const { json } = await project.ok('output', 'last', 'second', '--json');
  expect(json.stdout).toBe(`${project.folder}\nit's ${project.path('work')}\n`);
});

test('a retry from a task that is not there starts nothing', async () => {
  using project = await failed();
  const { code, err } = await project.dp('retry', 'last', '--from', 'tel');
  expect(code).toBe(2);
  expect(err).toContain('tell');
  expect((await project.dp('runs', '--json')).json.runs).toHaveLength(1);
});

const MAPPED = {
  'p.yaml': `name: p
modules: [./m.ts]
tasks: { list: {}, each: { map: { over: '\${tasks.list.output}', as: x } }, after: { needs: [each] } }
`,
  'm.ts': `import { appendFileSync, existsSync } from 'node:fs';
export const list = (): string[] => { appendFileSync('ran.txt', 'list '); return ['x', 'y', 'z']; };
export const each = ({ x }: { x: string }): string => {
  appendFileSync('ran.txt', x);
  if (x !== 'x' && !existsSync(x)) throw new Error('not yet');
  return x;
};
export const after = ({ each }: { each: string[] }): string => each.join('');
`,
  'ran.txt': '',
};

test('of a mapped task only the elements that did not succeed run again, and a retry of the retry knows them', async () => {
  using project = new Project(MAPPED);
  expect((await project.dp('run', 'p.yaml', '-j', '1')).code).toBe(1);
  project.write({ y: '', 'ran.txt': '' });
  expect((await project.dp('retry', 'last', '--failed', '-j', '1')).code).toBe(1);
  expect(project.read('ran.txt')).toBe('yz');
  project.write({ z: '', 'ran.txt': '' });
  await project.ok('retry', 'last', '--failed');
  expect(project.read('ran.txt')).toBe('z');
  expect((await project.ok('output', 'last', 'each', '--json')).json).toEqual(['x', 'y', 'z']);
  expect((await project.ok('doctor')).out).toContain('nothing is wrong');
  project.write({ 'ran.txt': '' });
  await project.ok('retry', 'last', '--from', 'each', '-j', '1');
  expect(project.read('ran.txt')).toBe('xyz');
});

test.each([
  ['nothing else happened', undefined],
  ['the run that it repeats was resumed meanwhile', 'resume'],
])(
  'a retry that crashed at its beginning keeps what it kept, when %s',
  async (_what, meanwhile) => {
    using project = new Project(MAPPED);
    expect((await project.dp('run', 'p.yaml', '--run-id', 'first', '-j', '1')).code).toBe(1);
    const preload = join(import.meta.dirname, '../crash/crash-at.cjs');
    const env = { CRASH_AT: 'commit 2 after', NODE_OPTIONS: `--require="${preload}"` };
    expect((await project.dpWith({ env }, 'retry', 'first', '--failed')).code).toBe(null);
    project.write({ y: '', z: '' });
    if (meanwhile !== undefined) await project.ok(meanwhile, 'first');
    project.write({ 'ran.txt': '' });
    const { json } = await project.ok('resume', 'last', '-j', '1', '--json');
    expect(json).toMatchObject({ retryOf: 'first', tasks: { list: { status: 'cached' } } });
    expect(project.read('ran.txt')).toBe(meanwhile === undefined ? 'yz' : '');
    expect((await project.ok('output', 'last', 'after')).out).toBe('xyz');
  },
);
