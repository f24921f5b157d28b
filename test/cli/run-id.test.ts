/** `dp run --run-id`: the run begins once, whoever asks for it and however often. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { until } from '../waiting.ts';
import { Project } from './rig.ts';

/** Each attempt leaves a line behind; the task ends when there is a file `go`. */
const GATED = {
  'p.yaml': `name: gated
params: { fail: { type: boolean, default: false } }
tasks:
  gate: { run: 'echo ran >> ran.txt; while [ ! -e go ]; do sleep 0.02; done; test "\${params.fail}" = false' }
`,
};

test('two processes that race begin one run, and both end with its outcome', async () => {
  using project = new Project(GATED);
  const racing = [1, 2].map(() =>
    project.start({}, 'run', 'p.yaml', '--run-id', 'nightly', '--json'),
  );
  await Promise.race(racing.map((dp) => dp.told('was started before')));
  project.write({ go: '' });
  const ended = await Promise.all(racing.map((dp) => dp.ended));
  expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  for (const { json } of ended)
    expect(json).toMatchObject({ runId: 'nightly', status: 'succeeded' });
  expect(project.read('ran.txt')).toBe('ran\n');
  const { json } = await project.ok('runs', '--json');
  expect(json.runs).toMatchObject([{ runId: 'nightly' }]);
});

test('asked again, it reports the status of the run, with its exit code', async () => {
  using project = new Project({ ...GATED, go: '' });
  const words = ['run', 'p.yaml', '-p', 'fail=true', '--run-id', 'nightly'];
  const first = await project.dp(...words, '--reporter', 'ndjson');
  const again = await project.dp(...words, '--reporter', 'ndjson');
  expect([first.code, again.code]).toEqual([1, 1]);
  expect(again.out).toBe(first.out);
  expect(again.err).toContain('run nightly was started before');
  expect(project.read('ran.txt')).toBe('ran\n');
});

test('an id of another run, or one that cannot be an id, is refused with a remedy', async () => {
  using project = new Project({
    ...GATED,
    go: '',
    'q.yaml': "name: q\ntasks:\n  a: { run: 'true' }\n",
  });
  await project.ok('run', 'p.yaml', '--run-id', 'nightly');
  const other = await project.dp('run', 'q.yaml', '--run-id', 'nightly', '--json');
  expect(other.code).toBe(6);
  expect(other.json.diagnostics).toMatchObject([
    { code: 'DP6021', message: expect.stringContaining('pipeline "gated"') },
  ]);
  expect((await project.dp('run', 'p.yaml', '-p', 'fail=true', '--run-id', 'nightly')).code).toBe(
    6,
  );
  const wrong = await project.dp('run', 'p.yaml', '--run-id', '../up');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('cannot be the id of a run');
  expect(existsSync(project.path('.dp/up'))).toBe(false);
});

test('for a run whose process is gone it says how to resume it', async () => {
  using project = new Project(GATED);
  const dp = project.start({}, 'run', 'p.yaml', '--run-id', 'nightly');
  await until(() => existsSync(project.path('ran.txt')));
  dp.signal('SIGKILL');
  await dp.ended;
  const again = await project.dp('run', 'p.yaml', '--run-id', 'nightly');
  expect(again.code).toBe(6);
  expect(again.err).toContain('dp resume nightly');
  expect(project.read('ran.txt')).toBe('ran\n');
});
