import { expect, test } from 'vitest';
import { dpCommand, Project } from './rig.ts';

const FILES = {
  'p.yaml': `name: starved
modules: [./m.mjs]
tasks:
  a: {}
  b: { run: echo hello, needs: [a] }
  c: { run: echo hello, needs: [a] }
`,
  'm.mjs': `export const a = () => 'x'.repeat(100_000);`,
};

/** From what Node itself needs to what a run needs. */
test.each([24, 32, 45])(
  'with %d open files at most a run is refused before it begins',
  async (most) => {
    using project = new Project(FILES);
    const script = `ulimit -n ${most}; exec "$@"`;
    const { code, err } = await project.shell({}, script, ...dpCommand(), 'run', 'p.yaml').ended;
    expect(code).toBe(74);
    expect(err).toContain('DP8002: a run needs 46 open files');
    expect((await project.ok('runs', '--json')).json.runs).toEqual([]);
  },
);

test('more jobs than the open files allow are fewer at once, and that is said', async () => {
  using project = new Project(FILES);
  const script = 'ulimit -n 70; exec "$@"';
  const words = ['run', 'p.yaml', '-j', '30'];
  const { code, err } = await project.shell({}, script, ...dpCommand(), ...words).ended;
  expect(code).toBe(0);
  expect(err).toContain('at most 5 tasks run at once, as this process may have 70 open files');
});

test('more jobs than memory allows are fewer at once, and that is said', async () => {
  using project = new Project(FILES);
  const { code, err } = await project.dp('run', 'p.yaml', '-j', '100000000');
  expect(code).toBe(0);
  expect(err).toMatch(/DP8002: at most \d+ tasks run at once, as this process may have \d+ /);
});

/** About as many as a run needs; where exactly it gives out is Node's affair. */
test.each([46, 48, 52])(
  'with %d open files at most a run ends clearly, and later runs work',
  async (most) => {
    using project = new Project(FILES);
    const starved = project.shell(
      {},
      `ulimit -n ${most}; exec "$@"`,
      ...dpCommand(),
      'run',
      'p.yaml',
    );
    const { code, err } = await starved.ended;
    expect(err).not.toContain('DP9001');
    expect([0, 1, 3, 74]).toContain(code);
    expect((await project.dp('run', 'p.yaml')).code).toBe(0);
    expect((await project.dp('doctor')).code).toBe(0);
  },
);
