/** Cached tasks run again when, and only when, something that they read has changed. */
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Project } from './rig.ts';

const FILES = {
  'package.json': '{}',
  'data/a.csv': '1',
  'src/part.txt': 'one',
  'pipelines/p.yaml': `name: p
modules: [./p.ts]
params: { day: { type: string, default: mon }, mode: { type: string, default: fast } }
env: [REGION]
defaults: { cache: true }
tasks:
  rows: {}
  later: { isolation: process }
  mode: {}
  build:
    run: mkdir -p ../dist && cat ../src/*.txt > ../dist/all.txt
    cache: { files: ['../src/**'], env: [] }
    outputs: ['../dist/**']
`,
  'pipelines/p.ts': `import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
const data = join(import.meta.dirname, '../data');
export const rows = () =>
  existsSync(join(data, 'none')) ? [] : readdirSync(data).map((name) => readFileSync(join(data, name), 'utf8'));
export const later = async () => (await import(\`./late/\${'part'}.ts\`)).value;
export const mode = (_: object, ctx: { params: { mode: string } }) => ctx.params.mode + process.env.REGION;
`,
  'pipelines/late/part.ts': 'export const value = 1;\n',
};

/** Returns the tasks that ran, and the reasons that a plan gave for each of them before. */
async function runs(project: Project, ...words: string[]): Promise<Record<string, string[]>> {
  const plan = await project.ok('plan', 'pipelines/p.yaml', '--why', '--json', ...words);
  const due = (plan.json.tasks as Planned[]).filter(({ action }) => action === 'run');
  const { json } = await project.ok('run', 'pipelines/p.yaml', '--json', ...words);
  const ran = (json.tasks as Ran[]).filter(({ status }) => status === 'succeeded');
  expect(ran.map(({ name }) => name).toSorted()).toEqual(due.map(({ name }) => name).toSorted());
  return Object.fromEntries(
    due.map(({ name, differences }) => [name, differences.map((each) => each.name)]),
  );
}
interface Planned {
  readonly name: string;
  readonly action: string;
  readonly differences: readonly { readonly name: string }[];
}
interface Ran {
  readonly name: string;
  readonly status: string;
}

test('each change makes the tasks run that read it, and is named; nothing else makes any run', async () => {
  using project = new Project(FILES);
  expect(Object.keys(await runs(project))).toEqual(
    expect.arrayContaining(['build', 'later', 'mode', 'rows']),
  );
  expect(await runs(project)).toEqual({});
  expect(await runs(project, '-p', 'day=tue')).toEqual({});

  project.write({ 'data/a.csv': '2' });
  expect(await runs(project)).toEqual({ rows: ['data/a.csv'] });
  project.write({ 'data/b.csv': '3' });
  expect(await runs(project)).toEqual({ rows: ['data'] });
  project.write({ 'data/none': '' });
  expect(await runs(project)).toMatchObject({ rows: expect.arrayContaining(['data/none']) });

  project.write({ 'pipelines/late/part.ts': 'export const value = 2;\n' });
  expect(await runs(project)).toEqual({ later: ['pipelines/late/part.ts'] });
  expect(await runs(project, '-p', 'mode=slow')).toEqual({ mode: ['mode'] });

  project.write({ 'src/part.txt': 'two' });
  expect(await runs(project)).toEqual({ build: ['src/part.txt'] });
  expect(project.read('dist/all.txt')).toBe('two');
});

test('an earlier state of the inputs finds its result again', async () => {
  using project = new Project(FILES);
  await runs(project);
  project.write({ 'data/a.csv': '2' });
  expect(await runs(project)).toEqual({ rows: ['data/a.csv'] });
  project.write({ 'data/a.csv': '1' });
  expect(await runs(project)).toEqual({});
  rmSync(`${project.folder}/dist`, { recursive: true });
  expect(await runs(project)).toEqual({});
  expect(project.read('dist/all.txt')).toBe('one');
});
