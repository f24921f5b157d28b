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

/** About as many as dp needs; where exactly it gives out is Node's affair. */
test.each([24, 32, 36, 40, 44, 48])(
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
