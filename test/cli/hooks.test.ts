/** Hooks on the command line: planned, checked, run, cancelled, resumed. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Project } from './rig.ts';
import { until } from '../waiting.ts';

const FILES = {
  'p.yaml': `name: p
modules: [./m.ts]
tasks:
  work:
hooks:
  on_failure:
    call: { with: { failed: "\${run.failed}" } }
  on_finish:
    tidy: { run: 'echo "\${run.status}" >> ended.txt' }
`,
  'm.ts': `import { existsSync, appendFileSync } from 'node:fs';
export const work = () => { if (!existsSync('go')) throw new Error('not yet'); };
export const call = ({ failed }: { failed: string[] }) => appendFileSync('calls.txt', failed.join());
`,
};

test('a failed run calls its hooks, and so does its resumed self at its new end', async () => {
  using project = new Project(FILES);
  expect((await project.dp('run', 'p.yaml')).code).toBe(1);
  expect(project.read('calls.txt')).toBe('work');
  project.write({ go: '' });
  await project.ok('resume', 'last');
  expect(project.read('ended.txt')).toBe('failed\nsucceeded\n');
  const { json } = await project.dp('show', '--json');
  expect(json.tasks).toMatchObject({
    work: { status: 'succeeded' },
    call: { status: 'skipped', hook: 'on_failure' },
    tidy: { status: 'succeeded', attempts: 2, hook: 'on_finish' },
  });
});

test('a run killed during its hooks continues with the remaining ones', async () => {
  using project = new Project({
    ...FILES,
    go: '',
    'p.yaml': `name: p
modules: [./m.ts]
tasks: { work: }
hooks:
  on_success: { note: { run: 'echo noted >> noted.txt' } }
  on_finish: { wait: { run: 'echo >> waits.txt; until test -e on; do sleep 0.02; done' } }
`,
  });
  const dp = project.start({}, 'run', 'p.yaml');
  await dp.told('start     wait');
  await until(() => existsSync(project.path('waits.txt')));
  dp.kill();
  await dp.ended;
  project.write({ on: '' });
  await project.ok('resume', 'last');
  expect(project.read('noted.txt')).toBe('noted\n');
});

test('a hook that fails is reported and makes the exit code 1; the run has succeeded', async () => {
  using project = new Project({
    'p.yaml': `name: p\ntasks: { a: { run: 'true' } }\nhooks: { on_finish: { b: { run: 'exit 3' } } }\n`,
  });
  const { code, err } = await project.dp('run', 'p.yaml');
  expect(code).toBe(1);
  expect(err).toContain('b failed after 1 attempt');
  expect(err).toContain('succeeded in');
  expect(err).toContain('hooks: on_finish b failed');
  expect((await project.dp('show', '--json')).json.status).toBe('succeeded');
});

test('Ctrl-C runs on_finish within the grace', async () => {
  using project = new Project({
    'p.yaml': `name: p\ntasks: { a: { run: 'sleep 60' } }\nhooks: { on_finish: { b: { run: 'echo "\${run.status}" > ended.txt' } } }\n`,
  });
  const dp = project.start({}, 'run', 'p.yaml', '--grace', '1');
  await dp.told('start     a');
  dp.signal('SIGINT');
  expect((await dp.ended).code).toBe(130);
  expect(project.read('ended.txt')).toBe('cancelled\n');
});

test('the plan lists hooks apart, whatever is selected, and checks their arguments', async () => {
  using project = new Project(FILES);
  const { out } = await project.ok('plan', 'p.yaml', 'work');
  expect(out).toContain('1 tasks in 1 levels: 1 to run, 0 cached, 0 to skip, and 2 hooks');
  expect(out).toContain('on_failure\n  run     call  when the run has failed\n');
  const { json } = await project.dp('plan', 'p.yaml', '--json');
  expect(json.levels).toEqual([['work'], ['call'], ['tidy']]);
  expect(json.tasks[1]).toMatchObject({ name: 'call', hook: 'on_failure', dependsOn: [] });

  project.write({ 'p.yaml': FILES['p.yaml'].replace('"${run.failed}"', '7') });
  const wrong = await project.dp('plan', 'p.yaml', '--json');
  expect(wrong.code).toBe(3);
  expect(wrong.json.diagnostics).toMatchObject([{ code: 'DP5002', line: 7 }]);
});

test('a hook that lacks an argument, and a task that needs a hook, are reported', async () => {
  using project = new Project({
    ...FILES,
    'p.yaml': `name: p
modules: [./m.ts]
tasks: { work: { needs: [call] } }
hooks: { on_failure: { call: } }
`,
  });
  const { json } = await project.dp('plan', 'p.yaml', '--json');
  expect(json.diagnostics).toMatchObject([
    { code: 'DP4002', line: 3, message: 'task "work" needs "call", which is a hook' },
    { code: 'DP4005', line: 4 },
  ]);
});

test('graphs show hooks in frames of their own', async () => {
  using project = new Project(FILES);
  expect((await project.ok('graph', 'p.yaml')).out).toContain('subgraph on_finish\n    t2["tidy"]');
  const { out } = await project.ok('graph', 'p.yaml', '--format', 'dot');
  expect(out).toContain('subgraph cluster_on_failure { label="on_failure"; "call"; }');
});

const loadWith = (hook: string): string =>
  `name: load\ntasks: { work: { run: 'true' } }\nhooks: { on_finish: { tell: ${hook} } }\n`;

test('a failed hook of a child pipeline is reported by the parent run, and counts in its exit code', async () => {
  using project = new Project({
    'p.yaml': 'name: p\ntasks: { middle: { pipeline: ./middle.yaml } }\n',
    'middle.yaml': 'name: middle\ntasks: { load: { pipeline: ./load.yaml } }\n',
    'load.yaml': loadWith("{ run: 'echo no pager >&2; exit 1' }"),
  });
  const { code, err } = await project.dp('run', 'p.yaml');
  expect(code).toBe(1);
  expect(err).toContain('the hook "tell" of pipeline "load" failed in run ');
  expect(err).toContain('no pager');
  expect((await project.dp('show', '--json')).json.status).toBe('succeeded');
  project.write({ 'load.yaml': loadWith("{ run: 'exit 1', fail_safe: true }") });
  expect((await project.ok('run', 'p.yaml')).err).not.toContain('hook "tell"');
});
