import { expect, test } from 'vitest';
import { Home } from '../app/home.ts';
import { Project } from './rig.ts';

const CACHING = {
  'tsconfig.json': '{}',
  'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  lasting: { cache: true }
  week: { cache: { ttl: 7d } }
`,
  'm.mjs': 'export const lasting = () => [1, 2, 3];\nexport const week = () => "text";\n',
};

test('entries are listed with task, run, size and expiry; hits are counted', async () => {
  using project = new Project(CACHING);
  expect((await project.ok('cache', 'ls')).err).toContain('is empty');
  const { json: run } = await project.ok('run', 'p.yaml', '--json');
  await project.ok('run', 'p.yaml');
  const { entries } = (await project.ok('cache', 'ls', '--json')).json;
  const common = { pipeline: 'p', runId: run.runId, bytes: expect.any(Number), inputs: [] };
  const week = entries.find(({ task }: { task: string }) => task === 'week');
  expect(entries).toHaveLength(2);
  expect(entries).toContainEqual(
    expect.objectContaining({ ...common, task: 'lasting', expiresAt: null }),
  );
  expect(week).toMatchObject(common);
  expect(Date.parse(week.expiresAt) - Date.parse(week.storedAt)).toBe(7 * 86_400_000);
  expect((await project.ok('cache', 'ls')).out).toMatch(/p\/lasting .* old, kept for ever\n/);
  const { json: stats } = await project.ok('cache', 'stats', '--json');
  expect(stats).toMatchObject({ entries: 2, expired: 0, hits: 2 });
  const took = run.tasks.lasting.durationMs + run.tasks.week.durationMs;
  expect(stats.savedMs).toBeCloseTo(took, 3);
});

test('verify finds altered results, drops them with --fix, and the task runs again', async () => {
  using project = new Project(CACHING);
  const { runId } = (await project.ok('run', 'p.yaml', '--json')).json;
  expect((await project.ok('cache', 'verify')).out).toContain('every entry');
  project.write({ [`.dp/runs/${runId}/results/week/a1.1.txt`]: 'altered' });
  const { code, json } = await project.dp('cache', 'verify', '--json');
  expect(code).toBe(1);
  expect(json).toMatchObject({ hollow: [{ task: 'week', runId }], dropped: false });
  expect((await project.ok('cache', 'verify', '--fix')).out).toContain('1 entry dropped');
  expect((await project.ok('cache', 'stats', '--json')).json.entries).toBe(1);
});

test('gc removes entries that have expired, and only them', async () => {
  using project = new Project();
  using home = new Home();
  const [lasting, expired] = await home.run('a', ['x', 'y']);
  home.remember('lasting', lasting!);
  home.remember('expired', expired!, 1);
  const { json } = await project.ok('cache', 'gc', '--json', '--state-dir', home.folder);
  expect(json).toMatchObject({ cacheEntries: 1, results: 0 });
  const { entries } = (await project.ok('cache', 'ls', '--json', '--state-dir', home.folder)).json;
  expect(entries.map(({ key }: { key: string }) => key)).toStrictEqual(['lasting']);
});

test('what cannot be done is refused', async () => {
  using project = new Project();
  expect((await project.dp('cache', 'forget')).code).toBe(2);
  expect((await project.dp('cache', 'ls', '--fix')).code).toBe(2);
});
