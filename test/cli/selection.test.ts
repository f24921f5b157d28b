import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from './rig.ts';

const DIAMOND = `name: diamond
tasks:
  top: { run: echo top, tags: [first] }
  left: { run: echo left, needs: [top], tags: [side, left] }
  right: { run: echo right, needs: [top], tags: [side] }
  bottom: { run: echo bottom, needs: [left, right] }
`;

let project: Project;
beforeAll(() => {
  project = new Project({
    'tsconfig.json': '{}',
    'pipelines/diamond.yaml': DIAMOND,
    'pipelines/other.yaml': 'name: other\ntasks:\n  lone: { run: echo lone, tags: [alone] }\n',
  });
});
afterAll(() => {
  project[Symbol.dispose]();
});

test.for([
  [['left'], ['top', 'left']],
  [
    ['--until', 'left'],
    ['top', 'left'],
  ],
  [
    ['--until', 'left,right'],
    ['top', 'left', 'right'],
  ],
  [
    ['left', 'right'],
    ['top', 'left', 'right'],
  ],
  [
    ['--tags', 'left'],
    ['top', 'left'],
  ],
  [
    ['--tags', 'first,left'],
    ['top', 'left'],
  ],
  [
    ['--tags', 'side'],
    ['top', 'left', 'right'],
  ],
  [
    ['--tags', 'first', 'right'],
    ['top', 'right'],
  ],
  [['--only', 'top'], ['top']],
  [['--tags', 'first', '--only'], ['top']],
  [[], ['top', 'left', 'right', 'bottom']],
])('dp plan diamond.yaml %j plans %j', async ([words, tasks]) => {
  const { json } = await project.ok('plan', 'pipelines/diamond.yaml', ...words!, '--json');
  expect(json.order).toEqual(tasks);
});

test('dp run runs what dp plan says, with the same plan id', async () => {
  const words = ['pipelines/diamond.yaml', '--until', 'left', '--json'];
  const plan = await project.ok('plan', ...words);
  const run = await project.ok('run', ...words);
  expect(Object.keys(run.json.tasks)).toEqual(plan.json.order);
  expect(run.json.planId).toBe(plan.json.planId);
});

test('--only feeds a task with what its upstreams gave last', async () => {
  using own = new Project({
    'p.yaml':
      'name: p\nmodules: [./m.mjs]\ntasks:\n  a: {}\n  b:\n    needs: [a]\n    tags: [report]\n',
    'm.mjs': 'export const a = () => "kept";\nexport const b = ({ a }) => `${a} and used`;\n',
  });
  const early = await own.dp('run', 'p.yaml', '--only', 'b', '--json');
  expect(early.code).toBe(3);
  expect(early.json.diagnostics).toMatchObject([{ code: 'DP4008', line: 6 }]);
  await own.ok('run', 'p.yaml');
  const { out, err } = await own.ok('run', 'p.yaml', '--only', 'b');
  expect(out).toBe('kept and used\n');
  expect(err).not.toContain('succeeded a ');
});

async function plans(...words: string[]): Promise<string[]> {
  const { json } = await project.ok('plan', ...words, '--json');
  return json.plans.map((plan: { pipeline: string }) => plan.pipeline);
}

test('over all pipelines, those in which the selection finds nothing are passed over', async () => {
  expect(await plans()).toEqual(['diamond', 'other']);
  expect(await plans('--tags', 'alone')).toEqual(['other']);
  expect(await plans('--until', 'left')).toEqual(['diamond']);
});

test('over all pipelines, a selection that finds nothing anywhere is an error', async () => {
  expect((await project.dp('plan', '--tags', 'aloan')).code).toBe(4);
  expect((await project.dp('plan', '--until', 'lefft')).code).toBe(2);
});

test('--only without a selection would leave nothing out', async () => {
  expect((await project.dp('plan', 'pipelines/diamond.yaml', '--only')).code).toBe(4);
});

test.for(['--tags', '--until', '--only'])(
  '%s with an empty list selects nothing, not everything',
  async (flag) => {
    for (const empty of ['', ',']) {
      const { code } = await project.dp('plan', 'pipelines/diamond.yaml', `${flag}=${empty}`);
      expect(code).toBe(4);
    }
  },
);

test('one tag of two that exists is enough', async () => {
  const words = ['plan', 'pipelines/diamond.yaml', '--tags', 'left,nowhere', '--json'];
  expect((await project.ok(...words)).json.order).toEqual(['top', 'left']);
});

test('a condition on an output is decided in the run, before a stored result is used', async () => {
  using conditional = new Project({
    'p.yaml': `name: conditional
modules: [./m.ts]
tasks:
  first: { cache: true }
  second: { cache: true, when: "\${tasks.first.output > 0}" }
`,
    'm.ts': 'export const first = (): number => 1;\nexport const second = (): number => 2;\n',
  });
  await conditional.ok('run', 'p.yaml');
  const { json } = await conditional.ok('plan', 'p.yaml', '--json');
  expect(json.tasks).toMatchObject([{ action: 'cached' }, { action: 'run' }]);
  const again = await conditional.ok('run', 'p.yaml', '--json');
  expect(again.json.tasks).toMatchObject({
    first: { status: 'cached' },
    second: { status: 'cached' },
  });
});
