import { expect, test } from 'vitest';
import { COUNTING, shellPipeline } from './projects.ts';
import { dpCommand, Project } from './rig.ts';

const ONE_TASK = "  a:\n    run: 'true'\n";

test.for(['-rf', '--help', '--json', '-'])(
  'a pipeline file named %s is read after --',
  async (name) => {
    using project = new Project({ [name]: "name: odd\ntasks:\n  a:\n    run: 'true'\n" });
    const words = name === '-' ? ['./-'] : ['--', name];
    const { code, out } = await project.dp('plan', ...words);
    expect(code).toBe(0);
    expect(out).toContain('odd  1 task');
  },
);

test('- is standard input, and places in it are named so', async () => {
  using project = new Project();
  const sound = "name: piped\ntasks:\n  a:\n    run: 'echo $((6 * 7))'\n";
  const ran = await project.dpWith({ input: sound }, 'run', '-', '--json');
  expect(ran.code).toBe(0);
  expect(ran.json.tasks.a.status).toBe('succeeded');
  const wrong = await project.dpWith({ input: 'name: 7\n' }, 'plan', '-');
  expect(wrong.code).toBe(3);
  expect(wrong.err).toContain('<stdin>:1:7');
});

test.for([
  ['a pipe', 'cat p.yaml | "$@" plan -', 0],
  ['a file', '"$@" plan - < p.yaml', 0],
  ['empty', '"$@" plan - < /dev/null', 3],
  ['closed', '"$@" plan - <&-', 3],
] as const)('standard input may be %s', async ([, script, exit]) => {
  using project = new Project(shellPipeline(ONE_TASK));
  expect((await project.shell({}, script, ...dpCommand()).ended).code).toBe(exit);
});

test('a full disk behind standard output is told', async () => {
  using project = new Project();
  const { code, err } = await project.shell({}, '"$@" schema > /dev/full', ...dpCommand()).ended;
  expect(code).toBe(74);
  expect(err).toContain('ENOSPC');
});

test('a full disk behind standard error leaves the run alone, and is told by the exit code', async () => {
  using project = new Project(
    shellPipeline("  a:\n    run: sleep 0.2\n  b:\n    run: 'touch there'\n    needs: [a]\n"),
  );
  const { code } = await project.shell({}, '"$@" run p.yaml 2> /dev/full', ...dpCommand()).ended;
  expect(code).toBe(74);
  expect(project.read('there')).toBe('');
  expect((await project.dp('show', '--json')).json.status).toBe('succeeded');
});

test('a reader that goes away early ends dp quietly', async () => {
  using project = new Project(shellPipeline(ONE_TASK));
  await project.ok('run', 'p.yaml');
  await project.ok('run', 'p.yaml');
  for (const words of ['runs', 'events last', 'schema', 'explain', 'show --json']) {
    const { out, err } = await project.shell(
      {},
      `("$@" ${words}; echo "exit $?" >&2) | head -1`,
      ...dpCommand(),
    ).ended;
    expect(out.split('\n')).toHaveLength(2);
    expect(err).toBe('exit 0\n');
  }
});

test('a run goes on to its end when nobody listens any more', async () => {
  using project = new Project(
    shellPipeline("  a:\n    run: sleep 0.2\n  b:\n    run: 'false'\n    needs: [a]\n"),
  );
  const { out } = await project.shell(
    {},
    '("$@" run p.yaml; echo "exit $?" >&3) 3>&1 2>&1 >&2 | head -1; sleep 0.1',
    ...dpCommand(),
  ).ended;
  expect(out).toContain('run ');
  const { json } = await project.dp('show', '--json');
  expect(json).toMatchObject({ status: 'failed', tasks: { b: { status: 'failed' } } });
});

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

test('piped, nothing is coloured and nothing is redrawn', async () => {
  using project = new Project(COUNTING);
  const { out, err } = await project.ok('run');
  expect(out + err).not.toContain('\u001B');
  expect(err).toContain('succeeded sum');
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

test('a run prints the text of tasks tagged report on standard output, and nothing else there', async () => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a:\n    tags: [report]\n',
    'm.mjs': "export const a = () => 'all is well';\n",
  });
  expect((await project.ok('run', 'p.yaml')).out).toBe('all is well\n');
});
