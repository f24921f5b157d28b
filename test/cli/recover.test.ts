import { expect, test } from 'vitest';
import { Project } from './rig.ts';
import { until } from '../waiting.ts';

/** Waits for the file `go` between two lines that it leaves behind. */
const GATED = {
  'p.yaml': `name: gated
modules: [./m.ts]
tasks:
  first:
  gate: { needs: [first] }
`,
  'm.ts': `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { task } from 'dp';
const ran = (name: string) => appendFileSync('ran.txt', name + ' ');
export const first = task({}, () => { ran('first'); return 1; });
export const gate = task({}, async ({ first }: { first: number }) => {
  ran('gate');
  while (!existsSync('go')) await sleep(10);
  return first + 1;
});
`,
  'ran.txt': '',
};

async function crash(project: Project, ran: string): Promise<void> {
  const dp = project.start({}, 'run', 'p.yaml');
  await until(() => project.read('ran.txt') === ran);
  dp.signal('SIGKILL');
  await dp.ended;
}

const statuses = async (project: Project): Promise<string[]> =>
  (await project.dp('runs', '--json')).json.runs.map((run: { status: string }) => run.status);

test('every run whose process is gone goes on, and ends', async () => {
  using project = new Project(GATED);
  await crash(project, 'first gate ');
  await crash(project, 'first gate first gate ');
  expect(await statuses(project)).toEqual(['crashed', 'crashed']);
  project.write({ go: '' });
  expect((await project.dp('recover')).code).toBe(0);
  expect(await statuses(project)).toEqual(['succeeded', 'succeeded']);
  expect(project.read('ran.txt')).toBe('first gate first gate gate gate ');
});

test('a loop finds a run that crashed while it was looking, and none that is alive', async () => {
  using project = new Project(GATED);
  const loop = project.start({}, 'recover', '--watch', '0.05');
  await crash(project, 'first gate ');
  project.write({ go: '' });
  await loop.told('succeeded in');
  expect(await statuses(project)).toEqual(['succeeded']);
  loop.signal('SIGINT');
  await loop.ended;
});

test('a run of changed code is told, and the others go on', async () => {
  using project = new Project({
    ...GATED,
    'q.yaml': GATED['p.yaml'].replaceAll('gate', 'wait').replace('./m.ts', './n.ts'),
    'n.ts': GATED['m.ts'].replaceAll('gate', 'wait'),
  });
  await crash(project, 'first gate ');
  project.write({ 'm.ts': GATED['m.ts'].replace('first + 1', 'first + 2') });
  const dp = project.start({}, 'run', 'q.yaml');
  await until(() => project.read('ran.txt').endsWith('wait '));
  dp.signal('SIGKILL');
  await dp.ended;
  project.write({ go: '' });
  const { code, err } = await project.dp('recover');
  expect(code).toBe(3);
  expect(err).toContain('the code of task "gate" has changed');
  expect(await statuses(project)).toEqual(['succeeded', 'crashed']);
});
