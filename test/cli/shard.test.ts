import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { Project } from './rig.ts';

const TWO_PARTS = `  a: { run: echo a }
  b: { run: echo b, needs: [a] }
  other: { run: 'test -e allowed' }
`;

test('each machine runs its share, and the shares are the whole', async () => {
  using project = new Project({ ...shellPipeline(TWO_PARTS), allowed: '' });
  const runs = [];
  for (const shard of ['1/2', '2/2'])
    runs.push(await project.ok('run', 'p.yaml', '--shard', shard, '--json'));
  expect(runs.map(({ json }) => Object.keys(json.tasks))).toEqual([['a', 'b'], ['other']]);
});

test('the plan says which shard it is', async () => {
  using project = new Project(shellPipeline(TWO_PARTS));
  const words = ['plan', 'p.yaml', '--shard', '2/2'];
  expect((await project.ok(...words)).out).toContain('(shard 2/2)');
  expect((await project.ok(...words, '--json')).json.shard).toEqual({ index: 2, count: 2 });
});

test('a shard to which nothing falls succeeds and says so', async () => {
  using project = new Project(shellPipeline(TWO_PARTS));
  const { err } = await project.ok('run', 'p.yaml', '--shard', '3/3');
  expect(err).toContain('shard 3/3 has nothing to do');
  expect(err).toContain('there was nothing to do');
  const planned = await project.dp('plan', 'p.yaml', '--shard', '3/3', '--detailed-exitcode');
  expect(planned.code).toBe(0);
});

test('dp resume continues with the shard of the run', async () => {
  using project = new Project(shellPipeline(TWO_PARTS));
  expect((await project.dp('run', 'p.yaml', '--shard', '2/2')).code).toBe(1);
  project.write({ allowed: '' });
  const { json } = await project.ok('resume', 'last', '--json');
  expect(json.tasks).toMatchObject({ other: { status: 'succeeded' } });
  expect(Object.keys(json.tasks)).toHaveLength(1);
});

test.for(['0/3', '4/3', 'x', '1', '1/0', '-1/2', '1/3/5', '1.5/2', '', '1/1001'])(
  '--shard "%s" is a usage error that says how to write it',
  async (word) => {
    using project = new Project(shellPipeline(TWO_PARTS));
    const { code, err } = await project.dp('run', 'p.yaml', `--shard=${word}`);
    expect(code).toBe(2);
    expect(err).toContain('hint: a matrix of three says 1/3, 2/3 and 3/3');
  },
);
