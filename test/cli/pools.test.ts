import { expect, test } from 'vitest';
import { Project } from './rig.ts';
import { until } from '../waiting.ts';

/** Each task says when it has the slot, and gives it back once there is a file of its name. */
const pooled = (name: string, tasks: readonly string[]): string => `name: ${name}
modules: [./m.ts]
pools: { database: 1 }
defaults: { pool: database }
tasks:
${tasks.map((task) => `  ${task}: { task: hold, with: { name: ${task} } }\n`).join('')}`;

const MODULE = `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { task } from 'dp';
export const hold = task({}, async ({ name }: { name: string }) => {
  appendFileSync('held.txt', '+' + name + ' ');
  while (!existsSync(name)) await sleep(5);
  appendFileSync('held.txt', '-' + name + ' ');
});
`;

const TWO_PIPELINES = {
  'a.yaml': pooled('first', ['a']),
  'b.yaml': pooled('second', ['b']),
  'm.ts': MODULE,
  'held.txt': '',
};

const held = (project: Project): string => project.read('held.txt');

/** As any user could see it. */
async function isWaitedFor(project: Project, pipeline: string): Promise<boolean> {
  const { json } = await project.dp('pools', '--json');
  return json.pools.some((pool: { waiting: { pipeline: string }[] }) =>
    pool.waiting.some((run) => run.pipeline === pipeline),
  );
}

test('a pool is shared by the processes of a state folder: one waits until the other gives back', async () => {
  using project = new Project(TWO_PIPELINES);
  const first = project.start({}, 'run', 'a.yaml');
  await until(() => held(project) === '+a ');
  const second = project.start({}, 'run', 'b.yaml');
  await until(() => isWaitedFor(project, 'second'));
  expect(held(project)).toBe('+a ');
  project.write({ a: '', b: '' });
  expect((await first.ended).code).toBe(0);
  expect((await second.ended).code).toBe(0);
  expect(held(project)).toBe('+a -a +b -b ');
});

test('a process that is killed leaves no slot behind', async () => {
  using project = new Project(TWO_PIPELINES);
  const first = project.start({}, 'run', 'a.yaml');
  await until(() => held(project) === '+a ');
  const second = project.start({}, 'run', 'b.yaml');
  await until(() => isWaitedFor(project, 'second'));
  first.signal('SIGKILL');
  await first.ended;
  project.write({ b: '' });
  expect((await second.ended).code).toBe(0);
  expect(held(project)).toBe('+a +b -b ');
});

test('within a run a pool admits as many as it has slots', async () => {
  using project = new Project({
    'a.yaml': pooled('first', ['a', 'b', 'c']),
    'm.ts': MODULE,
    'held.txt': '',
    a: '',
    b: '',
    c: '',
  });
  expect((await project.dp('run', 'a.yaml', '-j', '4')).code).toBe(0);
  expect(held(project)).toMatch(/^(\+(\w) -\2 ){3}$/);
});
