/** `dp.yaml` where commands meet it. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { Project } from './rig.ts';

test('wherever dp is started below dp.yaml, it finds the state that the file names', async () => {
  using project = new Project({
    'dp.yaml': 'state: kept/here\ndefaults: { jobs: 1 }\n',
    'part/package.json': '{}',
    ...Object.fromEntries(
      Object.entries(shellPipeline('  a: { run: "true" }\n')).map(([file, text]) => [
        `part/pipelines/${file}`,
        text,
      ]),
    ),
  });
  await project.ok('run', 'part/pipelines/p.yaml');
  expect(existsSync(project.path('kept/here/state.db'))).toBe(true);
  expect(existsSync(project.path('.dp'))).toBe(false);
  expect(existsSync(project.path('part/.dp'))).toBe(false);
  const cwd = 'part/pipelines';
  expect((await project.dpWith({ cwd }, 'runs', '--json')).json.runs).toHaveLength(1);
  expect((await project.dpWith({ cwd }, 'run', 'p.yaml')).code).toBe(0);
  expect((await project.ok('runs', '--json')).json.runs).toHaveLength(2);
  const env = { DP_STATE_DIR: project.path('other') };
  expect((await project.dpWith({ env }, 'runs', '--json')).json.runs).toHaveLength(0);
  const flag = ['--state-dir', project.path('kept/here')];
  expect((await project.dpWith({ env }, 'runs', '--json', ...flag)).json.runs).toHaveLength(2);
});

test('an unsound dp.yaml is refused by what uses the project, at its place', async () => {
  using project = new Project({
    'dp.yaml': 'state: .dp\nserver: {}\n',
    ...shellPipeline('  a: { run: "true" }\n'),
  });
  for (const words of [['run', 'p.yaml'], ['validate', 'p.yaml'], ['doctor'], ['runs']]) {
    const { code, err } = await project.dp(...words);
    expect([words[0], code]).toStrictEqual([words[0], 3]);
    expect(err).toContain('dp.yaml:2:1');
  }
  expect((await project.dp('explain', 'DP1004')).code).toBe(0);
  expect((await project.ok('schema', '--project')).json).toMatchObject({ title: 'dp project' });
});
