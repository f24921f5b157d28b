import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COUNTING, shellPipeline } from './projects.ts';
import { Project } from './rig.ts';

test('after a run all is well; after damage doctor says what, how to mend it, and exits 1', async () => {
  using project = new Project(COUNTING);
  await project.ok('run', 'pipelines/counting.yaml');
  const { out } = await project.ok('doctor');
  expect(out).toMatch(/^ok +database .*\n(ok .*\n){10}nothing is wrong\n$/);
  const before = project.listing();
  const { json: run } = await project.ok('show', '--json');
  project.write({ [`.dp/runs/${run.runId}/results/sum/a1.1.val`]: 'altered' });
  const { code, json } = await project.dp('doctor', '--json');
  expect(code).toBe(1);
  expect(json.problems).toBe(1);
  expect(json.checks.find(({ status }: { status: string }) => status !== 'ok')).toMatchObject({
    name: 'results',
    status: 'problem',
    findings: [{ is: 'problem', runId: run.runId, mended: false }],
  });
  expect(project.listing()).toHaveLength(before.length);
});

test('a project without state is well, and stays without', async () => {
  using project = new Project({ 'tsconfig.json': '{}' });
  for (const words of [['doctor'], ['doctor', '--fix']])
    expect((await project.ok(...words)).out).toContain('nothing is wrong');
  expect(project.listing()).toHaveLength(1);
});

test('a run that was killed leaves a state that is well, and a note that says dp resume', async () => {
  using project = new Project(shellPipeline("  a:\n    run: 'sleep 60'\n"));
  const dp = project.start({}, 'run', 'p.yaml');
  await dp.told('start ');
  dp.kill();
  await dp.ended;
  const { out } = await project.ok('doctor', '--fix');
  expect(out).toMatch(/note +holders .*crashed.*\n +-> `dp resume \w+` resumes the run\n/);
});

test('a slot that a killed process held does not count, and can be cleared', async () => {
  using project = new Project({
    'p.yaml': "name: p\npools: { db: 1 }\ntasks:\n  a: { run: 'sleep 60', pool: db }\n",
  });
  const dp = project.start({}, 'run', 'p.yaml');
  await dp.told('start ');
  expect((await project.ok('doctor')).out).toMatch(/ok +slots/);
  dp.kill();
  await dp.ended;
  expect((await project.ok('doctor')).out).toMatch(/note +slots .*"db" is left over from a in run/);
  await project.ok('doctor', '--fix');
  expect((await project.ok('doctor')).out).toMatch(/ok +slots/);
});

test('a damaged database is exit 74', async () => {
  using project = new Project(COUNTING);
  await project.ok('run', 'pipelines/counting.yaml');
  const file = project.path('.dp/state.db');
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 4096 * 3, 4096 * 9);
  writeFileSync(file, bytes);
  const { code, json } = await project.dp('doctor', '--json');
  expect(code).toBe(74);
  expect(json.diagnostics[0].code).toBe('DP8004');
});
