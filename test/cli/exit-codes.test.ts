import { chmodSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COUNTING, shellPipeline } from './projects.ts';
import { Project } from './rig.ts';

test('0: the run succeeded', async () => {
  using project = new Project(shellPipeline("  a:\n    run: 'true'\n"));
  expect((await project.dp('run', 'p.yaml')).code).toBe(0);
});

test('0: every result was there already', async () => {
  using project = new Project(shellPipeline('  a:\n    run: date\n    cache: true\n'));
  await project.ok('run', 'p.yaml');
  const { code, json } = await project.dp('run', 'p.yaml', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ status: 'succeeded', tasks: { a: { status: 'cached' } } });
});

test('0: what failed was fail_safe', async () => {
  using project = new Project(shellPipeline("  a:\n    run: 'false'\n    fail_safe: true\n"));
  const { code, json } = await project.dp('run', 'p.yaml', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ status: 'succeeded', tasks: { a: { status: 'failed' } } });
});

test('1: a task failed, and its output is shown', async () => {
  using project = new Project(shellPipeline("  a:\n    run: 'echo oh no >&2; exit 9'\n"));
  const { code, err } = await project.dp('run', 'p.yaml');
  expect(code).toBe(1);
  expect(err).toContain('exit code 9');
  expect(err).toContain('oh no');
});

test('1: a task timed out, and no process of it is left', async () => {
  using project = new Project(shellPipeline("  a:\n    run: 'sleep 60 | cat'\n    timeout: 0.2\n"));
  const { code, json } = await project.dp('run', 'p.yaml', '--grace', '0.1', '--json');
  expect(code).toBe(1);
  expect(json.tasks.a.status).toBe('timed_out');
  expect(project.processes()).toEqual([]);
});

test('1: a task never ends by itself, and its thread is stopped', async () => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a:\n    timeout: 0.2\n',
    'm.mjs': 'export function a() { for (;;); }\n',
  });
  const { code, json } = await project.dp('run', 'p.yaml', '--grace', '0.1', '--json');
  expect(code).toBe(1);
  expect(json.tasks.a.status).toBe('timed_out');
});

test('1: a task that ends the process has crashed, and only that', async () => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a: {}\n  b: {}\n',
    'm.mjs': 'export function a() { process.exit(7); }\nexport const b = () => 1;\n',
  });
  const { code, json } = await project.dp('run', 'p.yaml', '--json');
  expect(code).toBe(1);
  expect(json.tasks).toMatchObject({
    a: { status: 'failed', reason: 'crashed' },
    b: { status: 'succeeded' },
  });
});

test('2: a file does not exist', async () => {
  using project = new Project();
  const { code, err } = await project.dp('run', 'nowhere.yaml');
  expect(code).toBe(2);
  expect(err).toContain('error DP2002: there is no file nowhere.yaml');
});

test('2: a command, option, task, run or code does not exist, and a hint names the nearest', async () => {
  using project = new Project(COUNTING);
  await project.ok('run');
  for (const [words, hint] of [
    [['ruun'], 'run'],
    [['run', '--jobz', '3'], '--jobs'],
    [['run', 'pipelines/counting.yaml', 'summ'], 'sum'],
    [['run', '-p', 'too=3'], 'to'],
    [['runs', '--status', 'succeded'], 'succeeded'],
    [['output', 'last', 'numberz'], 'numbers'],
    [['logs', 'last', 'numberz'], 'numbers'],
    [['plan', '--force', 'summ'], 'sum'],
    [['explain', 'DP400'], 'DP4001'],
    [['show', 'zzz'], 'dp runs'],
  ] as const) {
    const { code, err } = await project.dp(...words);
    expect({ words, code }).toEqual({ words, code: 2 });
    expect(err.split('hint: ')[1]).toContain(hint);
  }
});

test('2: dp alone shows its help', async () => {
  using project = new Project();
  const { code, err } = await project.dp();
  expect(code).toBe(2);
  expect(err).toMatch(/^Usage: dp/);
  expect(err).not.toContain('outputHelp');
});

test('3: a pipeline file that is not sound', async () => {
  using project = new Project({ 'p.yaml': 'name: p\ntasks: [' });
  expect((await project.dp('run', 'p.yaml')).code).toBe(3);
});

test('3: tasks form a cycle, which is named', async () => {
  using project = new Project(
    shellPipeline("  a:\n    run: 'true'\n    needs: [b]\n  b:\n    run: 'true'\n    needs: [a]\n"),
  );
  const { code, json } = await project.dp('plan', 'p.yaml', '--json');
  expect(code).toBe(3);
  expect(json.diagnostics[0]).toMatchObject({ code: 'DP4001', line: expect.any(Number) });
  expect(json.diagnostics[0].message).toContain('"a" -> "b" -> "a"');
});

test('4: a selection that matches nothing', async () => {
  using project = new Project(COUNTING);
  for (const command of ['plan', 'run', 'graph']) {
    const { code, json } = await project.dp(
      command,
      'pipelines/counting.yaml',
      '--tags',
      'sauce',
      '--json',
    );
    expect(code).toBe(4);
    expect(json.diagnostics).toMatchObject([
      { code: 'DP4003', hint: expect.stringContaining('source') },
    ]);
  }
});

test('4: a project without pipelines', async () => {
  using project = new Project({ 'tsconfig.json': '{}' });
  expect((await project.dp('plan')).code).toBe(4);
  expect((await project.dp('validate')).code).toBe(4);
});

test('5: with --detailed-exitcode the plan has work to do, else 0', async () => {
  using project = new Project(shellPipeline('  a:\n    run: date\n    cache: true\n'));
  expect((await project.dp('plan', 'p.yaml', '--detailed-exitcode')).code).toBe(5);
  expect((await project.dp('plan', 'p.yaml')).code).toBe(0);
  await project.ok('run', 'p.yaml');
  expect((await project.dp('plan', 'p.yaml', '--detailed-exitcode')).code).toBe(0);
});

test('74: the state directory cannot be used', async () => {
  using project = new Project({
    ...shellPipeline("  a:\n    run: 'true'\n"),
    file: 'not a folder',
    'elsewhere/kept': '',
  });
  symlinkSync(project.path('elsewhere'), project.path('link'));
  for (const state of ['file', 'file/below', 'link', '/sys/nowhere']) {
    const { code, json } = await project.dp('run', 'p.yaml', '--state-dir', state, '--json');
    expect({ state, code }).toEqual({ state, code: 74 });
    expect(json.diagnostics).toMatchObject([{ code: 'DP8001' }]);
  }
  expect(project.listing().filter((line) => line.startsWith('elsewhere/'))).toHaveLength(1);
});

test('74: the state database is damaged', async () => {
  using project = new Project({
    ...shellPipeline("  a:\n    run: 'true'\n"),
    '.dp/state.db': 'x'.repeat(8192),
  });
  chmodSync(project.path('.dp'), 0o700);
  const { code, json } = await project.dp('run', 'p.yaml', '--json');
  expect(code).toBe(74);
  expect(json.diagnostics).toMatchObject([{ code: expect.stringMatching(/^DP800[14]$/) }]);
});

test('124: the run’s own timeout', async () => {
  using project = new Project({
    'p.yaml': 'name: p\ntimeout: 0.3\ntasks:\n  a:\n    run: sleep 60\n',
  });
  const { code, json } = await project.dp('run', 'p.yaml', '--grace', '0.1', '--json');
  expect(code).toBe(124);
  expect(json.tasks.a.status).not.toBe('succeeded');
  expect(project.processes()).toEqual([]);
});
