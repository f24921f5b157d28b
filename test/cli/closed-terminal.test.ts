/** A terminal that is closed, or a reader that goes away, under a run with a whole tree of processes. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dpCommand, Project } from './rig.ts';
import { testWith } from '../servers/parts.ts';
import { until } from '../waiting.ts';

/** Commands with children and grandchildren in the background, some of which mind no signal; functions in threads and processes. */
const TREE = {
  'tsconfig.json': '{}',
  'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  family: { run: "sh child.sh & (sh child.sh &) ; touch here.family; wait; sleep 60" }
  stubborn: { run: "trap '' HUP INT TERM; sh child.sh & touch here.stubborn; while :; do sleep 1; done" }
  thread: {}
  alone: { isolation: process }
  after: { run: 'touch never', needs: [family] }
`,
  'child.sh': "trap '' HUP INT TERM\n(sleep 60; :) &\nsleep 60\n",
  'm.mjs': `import { writeFileSync } from 'node:fs';
export const thread = () => { writeFileSync('here.thread', ''); for (;;); };
export const alone = () => { writeFileSync('here.alone', ''); for (;;); };
`,
};
const TASKS = ['family', 'stubborn', 'thread', 'alone'];

const areThere = (project: Project, files: readonly string[]): boolean =>
  files.every((file) => existsSync(project.path(file)));

async function expectAllIsOver(project: Project): Promise<void> {
  expect(project.processes()).toEqual([]);
  const { json } = await project.dp('show', '--json');
  expect(json.status).toBe('cancelled');
  expect(new Set(Object.values(json.tasks as object).map(({ status }) => status))).toEqual(
    new Set(['cancelled']),
  );
  expect(existsSync(project.path('never'))).toBe(false);
  expect((await project.dp('doctor')).code).toBe(0);
}

testWith('script')(
  'a closed terminal cancels the run, down to the last grandchild: exit 143',
  async (program) => {
    using project = new Project(TREE);
    const dp = dpCommand().map((word) => `'${word}'`);
    project.write({
      'run.sh': `trap : HUP\n${dp.join(' ')} run p.yaml -j 4 --grace 0.2\necho $? > code.part && mv code.part code\n`,
    });
    const terminal = project.terminal(program, 'run.sh');
    await until(() =>
      areThere(
        project,
        TASKS.map((task) => `here.${task}`),
      ),
    );
    terminal.kill();
    await until(() => areThere(project, ['code']));
    expect(project.read('code')).toBe('143\n');
    // The shell around dp has as good as ended.
    await until(() => project.processes().length === 0);
    await expectAllIsOver(project);
  },
);

test('a reader that goes away leaves the run alone, and a signal then ends its whole tree', async () => {
  using project = new Project(TREE);
  const dp = project.shell(
    {},
    `("$@" 2>&1; echo $? > code) | head -1`,
    ...dpCommand(),
    'run',
    'p.yaml',
    '-j',
    '4',
    '--grace',
    '0.2',
  );
  await until(() =>
    areThere(
      project,
      TASKS.map((task) => `here.${task}`),
    ),
  );
  await project.ok('cancel', 'last', '--kill');
  expect((await dp.ended).out.split('\n')).toHaveLength(2);
  expect(project.read('code')).toBe('130\n');
  await expectAllIsOver(project);
});

test('a reader that goes away changes neither the exit code nor what is recorded', async () => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': `name: p
tasks:
  a: { run: 'until [ -e go ]; do sleep 0.01; done; sleep 60 & echo $! > child' }
  b: { run: 'false', needs: [a] }
`,
  });
  const dp = project.shell(
    {},
    `("$@" 2>&1; echo $? > code) | (head -1; touch go)`,
    ...dpCommand(),
    'run',
    'p.yaml',
  );
  expect((await dp.ended).out).toContain('run ');
  expect(project.read('code')).toBe('1\n');
  expect(project.processes()).toEqual([]);
  const { json } = await project.dp('show', '--json');
  expect(json).toMatchObject({
    status: 'failed',
    tasks: { a: { status: 'succeeded' }, b: { status: 'failed' } },
  });
});
