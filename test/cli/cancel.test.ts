import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { type DpProcess, Project } from './rig.ts';
import { until } from '../waiting.ts';

const SLEEPER =
  "  sleeper:\n    run: 'sleep 60 | cat'\n  behind:\n    run: 'true'\n    needs: [sleeper]\n";
const STUBBORN =
  "  stubborn:\n    run: 'trap : INT TERM; touch minds_nothing; while :; do sleep 0.05 || true; done'\n";

/** Starts the pipeline with the task that minds no signal, and settles once it does not. */
async function startedStubborn(project: Project): Promise<DpProcess> {
  const dp = project.start({}, 'run', 'p.yaml', '--grace', '600');
  await until(() => existsSync(project.path('minds_nothing')));
  return dp;
}

test('another process cancels a run; it ends as with Ctrl-C, and says why', async () => {
  using project = new Project(shellPipeline(SLEEPER));
  const dp = project.start({}, 'run', 'p.yaml', '--grace', '0.2');
  await dp.told('start ');
  const { out } = await project.ok('cancel', 'last', '--reason', 'wrong input');
  expect(out).toMatch(/^run \w+: cancelled\n$/);
  expect((await dp.ended).code).toBe(130);
  expect(project.processes()).toEqual([]);
  const { json } = await project.ok('show', '--json');
  expect(json).toMatchObject({
    status: 'cancelled',
    tasks: { sleeper: { status: 'cancelled', reason: 'cancelled: wrong input' } },
  });
  expect((await project.ok('doctor')).out).toContain('nothing is wrong');
});

test('what does not end within the grace is killed by asking again', async () => {
  using project = new Project(shellPipeline(STUBBORN));
  const dp = await startedStubborn(project);
  expect((await project.ok('cancel', 'last', '--no-wait')).out).toMatch(/^asked run \w+ to end\n$/);
  expect((await project.ok('cancel', 'last', '--json')).json).toMatchObject({
    status: 'cancelled',
  });
  expect((await dp.ended).code).toBe(130);
  expect(project.processes()).toEqual([]);
});

test('--kill kills at once', async () => {
  using project = new Project(shellPipeline(STUBBORN));
  const dp = await startedStubborn(project);
  await project.ok('cancel', 'last', '--kill');
  expect((await dp.ended).code).toBe(130);
});

test('a run whose process was killed is cancelled on record; one that has ended is not', async () => {
  using project = new Project(shellPipeline(SLEEPER));
  const dp = project.start({}, 'run', 'p.yaml');
  await dp.told('start ');
  dp.kill();
  await dp.ended;
  await project.ok('cancel', 'last');
  const { json } = await project.ok('show', '--json');
  expect(json).toMatchObject({ status: 'cancelled', tasks: { behind: { status: 'cancelled' } } });
  const { code, err } = await project.dp('cancel', 'last');
  expect(code).toBe(2);
  expect(err).toContain('DP6009');
});

test('a cancelled run can be resumed, and is not cancelled again by what was asked before', async () => {
  using project = new Project(
    shellPipeline("  a:\n    run: 'while [ ! -e go ]; do sleep 0.02; done'\n"),
  );
  const dp = project.start({}, 'run', 'p.yaml', '--grace', '0.1');
  await dp.told('start ');
  await project.ok('cancel', 'last');
  await dp.ended;
  project.write({ go: '' });
  const { json } = await project.ok('resume', 'last', '--json');
  expect(json.status).toBe('succeeded');
});

test('a caller that waits for the end of a run can stop waiting', async () => {
  using project = new Project(shellPipeline(STUBBORN));
  await startedStubborn(project);
  const cancel = project.start({}, 'cancel', 'last');
  await cancel.told('waiting');
  cancel.signal('SIGINT');
  expect((await cancel.ended).code).toBe(130);
  expect((await project.dp('runs', '--json')).json.runs[0].status).toBe('running');
});
