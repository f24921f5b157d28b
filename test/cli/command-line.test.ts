import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { dpCommand, Project } from './rig.ts';

const ONE_TASK = "  a:\n    run: 'true'\n";

test('each command explains itself with examples', async () => {
  using project = new Project();
  const { out } = await project.ok('--help');
  const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
  expect(commands).toEqual(
    expect.arrayContaining(['run', 'plan', 'validate', 'graph', 'tasks', 'runs', 'show', 'logs']),
  );
  await Promise.all(
    ['run', 'plan', 'validate', 'graph', 'tasks', 'runs', 'show', 'logs', 'output', 'events'].map(
      async (command) => {
        expect((await project.ok(command, '--help')).out).toMatch(/Examples:\n {2}dp /);
      },
    ),
  );
});

test('dp --version prints the version and nothing else', async () => {
  using project = new Project();
  expect((await project.ok('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('flags beat DP_ variables', async () => {
  using project = new Project(shellPipeline(ONE_TASK));
  const env = { DP_STATE_DIR: 'from-env' };
  await project.dpWith({ env }, 'run', 'p.yaml');
  await project.dpWith({ env }, 'run', 'p.yaml', '--state-dir', 'from-flag');
  const has = (folder: string) => project.listing().some((line) => line.startsWith(`${folder}/`));
  expect([has('from-env'), has('from-flag'), has('.dp')]).toEqual([true, true, false]);
});

test('a DP_JOBS that is no number is refused', async () => {
  using project = new Project(shellPipeline(ONE_TASK));
  const { code, err } = await project.dpWith({ env: { DP_JOBS: 'many' } }, 'run', 'p.yaml');
  expect(code).toBe(2);
  expect(err).toContain('DP_JOBS');
});

test('a current folder that was removed is reported, and the version is still known', async () => {
  using project = new Project();
  const script = 'mkdir gone && cd gone && rmdir ../gone && "$@"';
  const inGone = (...words: string[]) => project.shell({}, script, ...dpCommand(), ...words).ended;
  const { code, err } = await inGone('runs');
  expect(code).toBe(2);
  expect(err).toContain('DP2002: the current folder does not exist any more');
  expect((await inGone('--version')).code).toBe(0);
});

test('a dp that is no executable has no module for tests, and writes none', async () => {
  using project = new Project({ 'pipelines/p.yaml': 'name: p\ntasks: {}\n' });
  const { code, err } = await project.dp('types', '--install');
  expect(code).toBe(2);
  expect(err).toContain('DP1017: only the single executable has the module for tests in it');
  expect(project.listing().filter((line) => line.includes('node_modules'))).toEqual([]);
});
