/** `dp run --verify-cache`: stored results are made again, and what comes out otherwise is told. */
import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { Project } from './rig.ts';

/** `clock` depends on a file that nobody declared; `waits` on a task that runs every time. */
const TASKS = `  steady: { run: echo same, cache: { files: [] } }
  clock: { run: cat clock.txt, cache: { files: [] } }
  always: { run: echo x }
  waits: { run: "cat clock.txt; true \${tasks.always.output.stdout}", cache: { files: [] } }
`;
const FILES = { ...shellPipeline(TASKS), 'clock.txt': '1' };

test('a task that gives another result is named, and its new result is kept', async () => {
  using project = new Project(FILES);
  await project.ok('run', 'p.yaml');
  project.write({ 'clock.txt': '2' });
  const usual = await project.ok('run', 'p.yaml', '--json');
  expect(usual.json.tasks.clock.status).toBe('cached');

  const verified = await project.ok('run', 'p.yaml', '--verify-cache', '100%');
  expect(verified.err).toContain('task "clock" gave another result than in run');
  expect(verified.err).toContain('task "waits" gave another result than in run');
  expect(verified.err).not.toContain('"steady" gave');

  const { json } = await project.ok('run', 'p.yaml', '--json', '--verify-cache', '100%');
  expect(json.warnings).toBeUndefined();
  expect((await project.ok('output', 'last', 'clock', '--json')).json.stdout).toBe('2');
});

test('with --strict it fails the command', async () => {
  using project = new Project(FILES);
  await project.ok('run', 'p.yaml');
  project.write({ 'clock.txt': '2' });
  const { code, json } = await project.dp(
    'run',
    'p.yaml',
    '--verify-cache',
    '9',
    '--strict',
    '--json',
  );
  expect(code).toBe(1);
  expect(json).toMatchObject({ status: 'succeeded', warnings: [{ code: 'DP7004' }, {}] });
});

test.each(['0', '-1', '1.5', '101%', 'p.yaml'])('a sample of %s is refused', async (sample) => {
  using project = new Project(FILES);
  expect(await project.dp('run', '--verify-cache', sample)).toMatchObject({ code: 2 });
});
