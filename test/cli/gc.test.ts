import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHousekeeping } from '../../src/app/project/housekeeping.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { Home } from '../app/home.ts';
import { COUNTING, shellPipeline } from './projects.ts';
import { Project } from './rig.ts';
import { until } from '../waiting.ts';

test('gc removes old runs, says how much, and leaves the others as they were', async () => {
  using project = new Project(COUNTING);
  for (let i = 0; i < 3; i++) await project.ok('run', 'pipelines/counting.yaml');
  const [, middle, oldest] = (await project.ok('runs', '--json')).json.runs;
  const { json: would } = await project.ok('gc', '--keep-runs', '1', '--dry-run', '--json');
  expect(would.runs).toStrictEqual([middle.runId, oldest.runId]);
  expect(would).toMatchObject({ dryRun: true, results: 8, cacheEntries: 0 });
  expect((await project.ok('runs', '--json')).json.runs).toHaveLength(3);
  const { out } = await project.ok('gc', '--keep-runs', '1');
  expect(out).toMatch(/^removed 2 runs, 8 results, 0 cache entries, [\d.]+ KiB\n$/);
  expect((await project.ok('runs', '--json')).json.runs).toHaveLength(1);
  expect((await project.ok('output', 'last', 'sum')).out).toBe('6\n');
  expect((await project.dp('show', oldest.runId)).code).toBe(2);
});

test('gc takes a cached result from under no run', async () => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a: { cache: true }\n',
    'm.mjs': 'export const a = () => [1, 2, 3];\n',
  });
  await project.ok('run', 'p.yaml');
  await project.ok('run', 'p.yaml');
  await project.ok('gc', '--keep-runs', '1');
  expect((await project.ok('output', 'last', 'a', '--json')).out).toBe('[1,2,3]\n');
  await project.ok('gc', '--keep', '0');
  const { json } = await project.ok('run', 'p.yaml', '--json');
  expect(json.tasks.a.status).toBe('cached');
});

test('gc beside a running run does not change it', async () => {
  using project = new Project(
    shellPipeline(
      "  a:\n    run: 'echo first; touch began; while [ ! -e go ]; do sleep 0.02; done'\n",
    ),
  );
  const dp = project.start({}, 'run', 'p.yaml');
  await until(() => existsSync(project.path('began')));
  expect((await project.ok('gc', '--keep', '0', '--json')).json).toMatchObject({
    runs: [],
    results: 0,
  });
  project.write({ go: '' });
  expect((await dp.ended).code).toBe(0);
  expect((await project.ok('logs', 'last')).out).toBe('first\n');
});

test.for([
  ['--keep', 'soon'],
  ['--keep-runs', '-1'],
  ['--keep-runs', 'many'],
])('%s %s is refused', async ([flag, value]) => {
  using project = new Project();
  expect((await project.dp('gc', `${flag}=${value}`)).code).toBe(2);
});

/** 200 old runs; each third one has a result that a kept run or a cache entry points to. */
async function crowded(home: Home): Promise<ResultRef[]> {
  const needed: ResultRef[] = [];
  for (let i = 0; i < 200; i++) {
    const [a, b] = await home.run(`old${i}`, ['a', 'b', 'c']);
    if (i % 3 === 0) home.remember(`k${i}`, a!);
    if (i % 3 === 0) needed.push(a!);
    if (i % 3 === 1) needed.push(b!);
  }
  const items = needed.filter((ref) => ref.is !== 'list' && ref.is !== 'void' && ref.task === 'b');
  const whole = { is: 'list', items } as const;
  const { taskSucceeded } = await import('../store/samples.ts');
  await home.run('new', [], { more: [taskSucceeded('new', 'whole', { output: whole })] });
  return needed;
}

/** Old runs whose folder has lost something, or is gone. */
function done(home: Home): number {
  const whole = readdirSync(home.path('runs')).filter((run) =>
    existsSync(home.path('runs', run, 'results/c')),
  );
  return 200 - whole.length;
}

test.for([1, 60, 150])(
  'killed after %i folders, the next gc finishes and nothing needed is lost',
  async (folders) => {
    using project = new Project();
    using home = new Home();
    const needed = await crowded(home);
    const dp = project.start({}, 'gc', '--keep-runs', '1', '--state-dir', home.folder);
    // Without a pause, so that the kill comes in the middle.
    while (done(home) < folders) await new Promise((resolve) => setImmediate(resolve));
    dp.kill();
    await dp.ended;
    await Promise.all(
      [1, 2].map(() => project.ok('gc', '--keep-runs', '1', '--state-dir', home.folder)),
    );
    for (const ref of needed) expect(await home.open.io.has(ref)).toBe(true);
    expect(done(home)).toBe(200);
    expect(readdirSync(home.path('removed'))).toStrictEqual([]);
    const left = needed.map((ref) => (ref as { run: string }).run).toSorted();
    expect(readdirSync(home.path('runs')).toSorted()).toStrictEqual(left);
    using again = openHousekeeping(home.folder, 'read');
    expect([...again.maintenance.contradictions()]).toStrictEqual([]);
    expect(existsSync(join(home.folder, 'state.db'))).toBe(true);
  },
);

test('four gcs at once do the work of one', async () => {
  using project = new Project();
  using home = new Home();
  const needed = await crowded(home);
  const all = await Promise.all(
    Array.from({ length: 4 }, () =>
      project.ok('gc', '--keep-runs', '1', '--state-dir', home.folder, '--json'),
    ),
  );
  const removed = all.flatMap(({ json }) => json.runs as string[]);
  expect(removed).toHaveLength(200);
  expect(new Set(removed).size).toBe(200);
  expect(readdirSync(home.path('removed'))).toStrictEqual([]);
  for (const ref of needed) expect(await home.open.io.has(ref)).toBe(true);
});
