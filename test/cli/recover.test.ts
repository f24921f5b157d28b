import { DatabaseSync } from 'node:sqlite';
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

test('every run whose process is gone is resumed, and ends', async () => {
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

test('a run of changed code is reported, and the others are resumed', async () => {
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

const ITS_NUMBER = '(SELECT n FROM runs WHERE run_id = ?)';
const DAMAGES = [
  'UPDATE runs SET started_at = 9000000000000000000 WHERE run_id = ?',
  "UPDATE runs SET owner = '{}' WHERE run_id = ?",
  `UPDATE requests SET request = x'00' WHERE run = ${ITS_NUMBER}`,
  `UPDATE events SET data = 'no JSON' WHERE run = ${ITS_NUMBER}`,
];

test('crashed runs whose records are damaged are reported, and the others are resumed', async () => {
  using project = new Project(GATED);
  for (let n = 1; n <= DAMAGES.length + 1; n++) await crash(project, 'first gate '.repeat(n));
  const { runs } = (await project.ok('runs', '--json')).json as { runs: { runId: string }[] };
  const damaged = runs.slice(1).map(({ runId }) => runId);
  {
    using database = new DatabaseSync(project.path('.dp/state.db'));
    for (const [i, damage] of DAMAGES.entries())
      expect(database.prepare(damage).run(damaged[i]!).changes).toBeGreaterThan(0);
  }
  project.write({ go: '' });
  const { code, err } = await project.dp('recover');
  for (const run of damaged) expect(err).toMatch(new RegExp(`error DP[1-8]\\d{3}: .*${run}`));
  expect(code).toBe(74);
  const [last] = (await project.dp('runs', '--json')).json.runs as { status: string }[];
  expect(last?.status).toBe('succeeded');
});
