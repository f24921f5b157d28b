import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { Project, type DpProcess } from './rig.ts';
import { until } from '../waiting.ts';

const SLEEPER =
  "  sleeper:\n    run: 'sleep 60 | cat'\n  behind:\n    run: 'true'\n    needs: [sleeper]\n";
const STUBBORN =
  "  stubborn:\n    run: 'trap : INT TERM; touch minds_nothing; while :; do sleep 0.05 || true; done'\n";

async function started(project: Project, ...words: readonly string[]): Promise<DpProcess> {
  const dp = project.start({}, 'run', 'p.yaml', ...words);
  await dp.told('start ');
  return dp;
}

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const)('%s cancels the run: exit %i', async ([signal, exit]) => {
  using project = new Project(shellPipeline(SLEEPER));
  const dp = await started(project, '--grace', '0.2');
  dp.signal(signal);
  expect((await dp.ended).code).toBe(exit);
  expect(project.processes()).toEqual([]);
  const { json } = await project.dp('show', '--json');
  expect(json).toMatchObject({
    status: 'cancelled',
    tasks: { sleeper: { status: 'cancelled' }, behind: { status: 'cancelled' } },
  });
});

test('the first SIGINT lets what runs end within the grace, and starts nothing more', async () => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  long: {}\n  behind:\n    needs: [long]\n',
    'm.mjs': `import { once } from 'node:events';
import { task } from 'dp';
export const long = task({}, async (_, { signal }) => {
  await once(signal, 'abort');
  return 'ended in time';
});
export const behind = () => 'never';
`,
  });
  const dp = await started(project, '--grace', '20');
  dp.signal('SIGINT');
  expect((await dp.ended).code).toBe(130);
  const { json } = await project.dp('show', '--json');
  expect(json.tasks).toMatchObject({
    long: { status: 'succeeded' },
    behind: { status: 'cancelled' },
  });
});

test('a second SIGINT kills at once, whatever the grace, and the run is recorded as cancelled', async () => {
  using project = new Project({
    'p.yaml': `name: p\nmodules: [./m.mjs]\ntasks:\n  listener: {}\n${STUBBORN}`,
    'm.mjs': `import { writeFileSync } from 'node:fs';
import { task } from 'dp';
export const listener = task({}, (_, { signal }) => {
  signal.addEventListener('abort', () => writeFileSync('heard', ''));
  writeFileSync('began', '');
  return new Promise(() => setInterval(() => {}, 1000));
});
`,
  });
  const dp = await started(project, '--grace', '600', '-j', '2');
  await until(() => ['began', 'minds_nothing'].every((file) => existsSync(project.path(file))));
  dp.signal('SIGINT');
  await until(() => existsSync(project.path('heard')));
  dp.signal('SIGINT');
  expect((await dp.ended).code).toBe(130);
  expect(project.processes()).toEqual([]);
  expect((await project.dp('runs', '--json')).json.runs).toMatchObject([{ status: 'cancelled' }]);
});

test('a task in a thread that never yields is stopped too', async () => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a: {}\n',
    'm.mjs': 'export function a() { for (;;); }\n',
  });
  const dp = await started(project, '--grace', '0.2');
  dp.signal('SIGINT');
  expect((await dp.ended).code).toBe(130);
  expect((await project.dp('runs', '--json')).json.runs).toMatchObject([{ status: 'cancelled' }]);
});

test('killed outright, the run is not said to be running afterwards', async () => {
  using project = new Project(shellPipeline(SLEEPER));
  const dp = await started(project);
  dp.signal('SIGKILL');
  await dp.ended;
  expect((await project.dp('runs', '--json')).json.runs).toMatchObject([{ status: 'crashed' }]);
  expect((await project.dp('show', '--json')).json.status).toBe('crashed');
});

test('with --json a cancelled run is reported as such', async () => {
  using project = new Project(shellPipeline("  a:\n    run: 'touch began; sleep 60'\n"));
  const dp = project.start({}, 'run', 'p.yaml', '--grace', '0.2', '--json');
  await until(() => project.listing().some((line) => line.startsWith('began')));
  dp.signal('SIGINT');
  const { code, json } = await dp.ended;
  expect(code).toBe(130);
  expect(json).toMatchObject({ status: 'cancelled', tasks: { a: { status: 'cancelled' } } });
});
