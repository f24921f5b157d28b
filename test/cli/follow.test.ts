/** Two processes: one runs, another looks on. What the first one waits for, the test does. */
import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { shellPipeline } from './projects.ts';
import { dpCommand, Project, type DpProcess } from './rig.ts';

/** Goes on when the file is there. */
const until = (file: string): string => `while [ ! -e ${file} ]; do sleep 0.02; done`;

const TWO_TASKS = shellPipeline(`  first:
    run: |
      echo 'first says grüß dich'
      ${until('go')}
      echo 'first goes on'
      printf 'and has no line break'
  second:
    run: echo second
    needs: [first]
`);

async function begun(project: Project): Promise<DpProcess> {
  const run = project.start({}, 'run', 'p.yaml');
  await run.told('start ');
  return run;
}

test('dp logs -f prints the existing log, additions and new attempts until the run ends', async () => {
  using project = new Project(TWO_TASKS);
  const run = await begun(project);
  const logs = project.start({}, 'logs', 'last', '-f');
  await logs.said('grüß dich');
  project.write({ go: '' });
  const { code, out } = await logs.ended;
  expect((await run.ended).code).toBe(0);
  expect(code).toBe(0);
  expect(out).toBe(
    [
      'first#1 | first says grüß dich',
      'first#1 | first goes on',
      'first#1 | and has no line break',
      'second#1 | second',
      '',
    ].join('\n'),
  );
});

test('a last line without a line break is printed before the output of the next task', async () => {
  using project = new Project(
    shellPipeline(`  first: { run: printf unbroken }
  second:
    needs: [first]
    run: |
      echo next >&2
      touch printed
      ${until('go')}
`),
  );
  const run = await begun(project);
  await vi.waitUntil(() => existsSync(project.path('printed')), { timeout: 20_000 });
  // The first look finds the end of the first attempt and the line of the second one.
  const logs = project.start({}, 'logs', 'last', '-f');
  await logs.said('next');
  project.write({ go: '' });
  expect((await logs.ended).out).toBe('first#1 | unbroken\nsecond#1 | next\n');
  await run.ended;
});

test('of one task the lines stand alone, even when it has not begun', async () => {
  using project = new Project(TWO_TASKS);
  await begun(project);
  const logs = project.start({}, 'logs', 'last', 'second', '-f');
  const all = project.start({}, 'logs', 'last', '-f');
  await all.said('first says');
  project.write({ go: '' });
  expect(await logs.ended).toMatchObject({ code: 0, out: 'second\n' });
});

test('with --json each line is a document', async () => {
  using project = new Project(TWO_TASKS);
  project.write({ go: '' });
  await project.ok('run', 'p.yaml');
  const { out } = await project.ok('logs', 'last', '-f', '--json');
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual({
    task: 'second',
    attempt: 1,
    line: 'second',
  });
});

test('retried attempts and mapped elements are distinguished', async () => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  flaky: { max_retries: 1, retry: { delay: 0 } }
  each: { needs: [flaky], map: { over: '\${[7, 8]}', as: n } }
`,
    'm.mjs': `export function flaky(_, { attempt }) {
  console.log('try', attempt);
  if (attempt === 1) throw new Error('not yet');
}
export function each({ n }) { console.log('got', n); }
`,
  });
  await project.ok('run', 'p.yaml');
  const { out } = await project.ok('logs', 'last', '-f');
  expect(out.trimEnd().split('\n').toSorted()).toEqual([
    'each[0]#1 | got 7',
    'each[1]#1 | got 8',
    'flaky#1 | try 1',
    'flaky#2 | try 2',
  ]);
  expect((await project.ok('logs', 'last', '-f', '--attempt', '2')).out).toBe('flaky#2 | try 2\n');
});

test('--tail gives the last lines that are there, and with -f all that is added', async () => {
  using project = new Project(
    shellPipeline(`  a:\n    run: 'seq 1 1000; ${until('go')}; seq 1001 1003'\n`),
  );
  await begun(project);
  const all = project.start({}, 'logs', 'last', 'a', '-f');
  await all.said('1000\n');
  const tail = project.start({}, 'logs', 'last', 'a', '-f', '--tail', '2');
  await tail.said('1000\n');
  project.write({ go: '' });
  expect((await tail.ended).out).toBe('999\n1000\n1001\n1002\n1003\n');
  expect((await project.ok('logs', 'last', '--tail', '1')).out).toBe('1003\n');
});

test('Ctrl-C ends the following with 130 and leaves the run alone', async () => {
  using project = new Project(TWO_TASKS);
  const run = await begun(project);
  const logs = project.start({}, 'logs', 'last', '-f');
  const events = project.start({}, 'events', 'last', '-f');
  await Promise.all([logs.said('first says'), events.said('run.task.started')]);
  logs.signal('SIGINT');
  events.signal('SIGTERM');
  expect((await logs.ended).code).toBe(130);
  expect((await events.ended).code).toBe(143);
  project.write({ go: '' });
  expect((await run.ended).code).toBe(0);
});

test('a reader that goes away ends the following quietly', async () => {
  using project = new Project(TWO_TASKS);
  const run = await begun(project);
  const piped = project.shell(
    {},
    '("$@" logs last -f; echo "exit $?" >&2) | (head -1; touch go)',
    ...dpCommand(),
  );
  const { out, err } = await piped.ended;
  expect(out).toBe('first#1 | first says grüß dich\n');
  expect(err).toBe('exit 0\n');
  expect((await run.ended).code).toBe(0);
});

test('of a run whose process is gone it says so', async () => {
  using project = new Project(TWO_TASKS);
  const run = await begun(project);
  const logs = project.start({}, 'logs', 'last', '-f');
  await logs.said('first says');
  run.kill();
  const { code, err } = await logs.ended;
  expect(code).toBe(0);
  expect(err).toMatch(/the process of run \w+ is gone; to resume it: dp resume \w+/);
});

test('declared secrets are hidden from those who follow, too', async () => {
  const pipeline = `name: p\nsecrets: [TOKEN]\ntasks:\n  a:\n    run: 'echo "my $TOKEN"; touch begun; ${until('go')}'\n`;
  using project = new Project({ 'tsconfig.json': '{}', 'p.yaml': pipeline });
  const run = project.start({ env: { TOKEN: 'sesame-open' } }, 'run', 'p.yaml');
  await run.told('start ');
  const logs = project.start({}, 'logs', 'last', '-f');
  await logs.said('my ***');
  project.write({ go: '' });
  expect((await logs.ended).out).toBe('a#1 | my ***\n');
});

test('dp events -f prints events as they are stored, to the last', async () => {
  using project = new Project(TWO_TASKS);
  await begun(project);
  const events = project.start({}, 'events', 'last', '-f', '--json', '--topic', 'run.**');
  await events.said('run.task.started');
  project.write({ go: '' });
  const { code, out } = await events.ended;
  expect(code).toBe(0);
  expect(out).toBe((await project.ok('events', 'last', '--json')).out);
  expect(out.trimEnd().split('\n').at(-1)).toContain('"run.succeeded"');
});

test('a wrong task is told before anything is waited for', async () => {
  using project = new Project(TWO_TASKS);
  await begun(project);
  const { code, err } = await project.dp('logs', 'last', 'frist', '-f');
  expect(code).toBe(2);
  expect(err).toContain('did you mean "first"?');
});
