import { expect, test } from 'vitest';
import { Project } from '../../../cli/rig.ts';

const SOUND = {
  'tsconfig.json': '{}',
  'pipelines/a.yaml': 'name: a\nmodules: [./a.ts]\ntasks:\n  one:\n  two: { inputs: { n: one } }\n',
  'pipelines/a.ts': `export const one = (): number => 1;
export const two = ({ n }: { n: number }): number => n;
`,
};

test('--watch checks again after each change, and Ctrl-C ends it with 130', async () => {
  using project = new Project(SOUND);
  const watching = project.start({}, 'validate', '--watch');
  await watching.told('waiting');
  project.write({ 'pipelines/a.ts': SOUND['pipelines/a.ts'].replace('n: number', 'n: string') });
  await watching.told('DP5001');
  project.write({ 'pipelines/a.yaml': 'name: a\ntasks: {}\n' });
  await watching.told('a.yaml changed');
  watching.signal('SIGINT');
  const { code, out, err } = await watching.ended;
  expect(code).toBe(130);
  expect(out).toContain('2 tasks, no errors');
  expect(err).toContain('two');
});

test('what is in node_modules or begins with a dot is not watched', async () => {
  using project = new Project({ ...SOUND, 'node_modules/a/index.js': '', '.dp/x.json': '' });
  const watching = project.start({}, 'validate', '--watch', '--json');
  await watching.told('waiting');
  project.write({ 'node_modules/a/index.js': '1', '.dp/x.json': '1', 'notes.md': '1' });
  project.write({ 'new/b.ts': '' });
  await watching.told('changed');
  watching.signal('SIGTERM');
  const { code, err } = await watching.ended;
  expect(code).toBe(143);
  expect(err.match(/(\S+)(?: and \d more)? changed/)?.[1]).toMatch(/^new/);
});
