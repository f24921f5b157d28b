/** `dp diff` and `dp hash`: two runs, plans or tasks laid side by side. */
import { expect, test } from 'vitest';
import { Project } from './rig.ts';

const FILES = {
  'package.json': '{}',
  'pipelines/p.yaml': `name: p
modules: [./p.ts]
params: { n: { type: integer, default: 1 } }
defaults: { cache: true }
tasks:
  one: { with: { n: '\${params.n}' } }
  two: { needs: [one] }
  fixed: {}
`,
  'pipelines/p.ts': `export const one = ({ n }: { n: number }): number => n;
export const two = ({ one }: { one: number }): number => one * 2;
export const fixed = (): string => 'always';
`,
};

async function runOf(project: Project, ...words: string[]): Promise<string> {
  const { json } = await project.ok('run', 'pipelines/p.yaml', '--json', ...words);
  return String(json.runId);
}

test('two runs of the same thing differ in nothing but time', async () => {
  using project = new Project(FILES);
  const first = await runOf(project, '--force');
  const second = await runOf(project, '--force');
  const { out } = await project.ok('diff', first, second);
  expect(out).toMatch(
    /^p \w+ → \w+: succeeded → succeeded, same plan, 3 of 3 tasks ended the same, .*\n$/,
  );
});

test('files, parameters, definition and results that differ are named', async () => {
  using project = new Project(FILES);
  const first = await runOf(project);
  project.write({
    'pipelines/p.ts': `${FILES['pipelines/p.ts']}// more\n`,
    'pipelines/p.yaml': FILES['pipelines/p.yaml'].replace(
      'fixed: {}',
      'fixed: { max_retries: 2, needs: [one] }\n  extra: { run: "true" }',
    ),
  });
  const second = await runOf(project, '-p', 'n=2');
  const { json } = await project.ok('diff', first, second, '--json');
  expect(json).toMatchObject({
    before: { runId: first },
    after: { runId: second },
    differences: [
      { part: 'param', name: 'n', before: 1, after: 2 },
      { part: 'file', name: 'pipelines/p.ts' },
    ],
  });
  const taskOf = (name: string): unknown =>
    (json.tasks as { task: string }[]).find(({ task }) => task === name);
  expect(taskOf('extra')).toMatchObject({ before: null, after: { status: 'succeeded' } });
  expect(taskOf('fixed')).toMatchObject({
    differences: [
      { part: 'definition', name: 'max_retries', before: 0, after: 2 },
      { part: 'edge', name: 'one', after: 'control flow' },
    ],
  });
  const { out } = await project.ok('diff', first, second);
  expect(out).toContain('1 parameter differs, 1 file differs');
  expect(out).toMatch(/two .* result [0-9a-f]{8} → [0-9a-f]{8}\n/);
});

test('the first part of two keys that differs is named', async () => {
  using project = new Project(FILES);
  const first = await runOf(project);
  const second = await runOf(project, '-p', 'n=2');
  const same = await project.ok('hash', `${first}:one`, `${first}:one`);
  expect(same.out).toMatch(/\nthey are the same\n$/);
  const param = await project.ok('hash', `${first}:one`, `${second}:one`);
  expect(param.out).toMatch(/\nfirst difference: parameter n\n$/);
  const files = { 'pipelines/p.ts': `${FILES['pipelines/p.ts']}// more\n` };
  const { json } = await project
    .write(files)
    .ok('hash', `${first}:two`, 'pipelines/p.yaml:two', '--json');
  expect(json).toMatchObject({ same: false, first: 'file pipelines/p.ts' });
  const unknown = await project.dp('hash', `${first}:thre`);
  expect(unknown.code).toBe(2);
});

test('of one it lists the parts', async () => {
  using project = new Project(FILES);
  const { out } = await project.ok('hash', 'pipelines/p.yaml');
  expect(out).toMatch(/^ {2}plan id +[0-9a-f]{23}…\n {2}parameter n +1\n {2}id of fixed /);
});
