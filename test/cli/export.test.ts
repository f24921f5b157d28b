import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { COUNTING } from './projects.ts';
import { Project } from './rig.ts';

test('a run that was exported lists, shows, logs and outputs elsewhere as it did, and all is well there', async () => {
  using here = new Project(COUNTING);
  using there = new Project({ 'tsconfig.json': '{}' });
  const { runId } = (await here.ok('run', 'pipelines/counting.yaml', '--json')).json;
  const file = there.path('run.tar.zst');
  expect((await here.ok('export', 'last', '-o', file)).out).toMatch(
    /^wrote .*run\.tar\.zst, [\d.]+ KiB\n$/,
  );
  expect((await there.ok('import', 'run.tar.zst')).out).toBe(`imported run ${runId}\n`);
  const host = hostname();
  const { runs } = (await there.ok('runs', '--json')).json;
  const imported = { at: runs[0].imported.at, host };
  expect(runs).toEqual([{ ...(await here.ok('runs', '--json')).json.runs[0], imported }]);
  expect((await there.ok('runs')).out).toContain(`  imported from ${host}\n`);
  expect((await there.ok('show')).out).toContain(`imported from ${host} at ${imported.at}\n`);
  const shown = (await here.ok('show', '--json')).json;
  expect((await there.ok('show', 'last', '--json')).json).toEqual({ ...shown, imported });
  for (const words of [
    ['logs', 'last'],
    ['events', 'last', '--json'],
    ['output', 'last', 'letters', '--json'],
    ['output', 'last', 'sum'],
  ])
    expect((await there.ok(...words)).out).toBe((await here.ok(...words)).out);
  expect((await there.ok('doctor')).out).toContain('nothing is wrong');
  const again = await there.dp('import', 'run.tar.zst', '--json');
  expect(again.code).toBe(6);
  expect(again.json.diagnostics[0].code).toBe('DP6004');
});

test('a file that is no archive, or does not exist, is reported as such', async () => {
  using project = new Project({ 'tsconfig.json': '{}', 'x.txt': 'no archive' });
  for (const [file, code] of [
    ['x.txt', 'DP2011'],
    ['none', 'DP2002'],
    ['.', 'DP2002'],
  ] as const) {
    const ended = await project.dp('import', file, '--json');
    expect(ended.code).toBe(2);
    expect(ended.json.diagnostics[0].code).toBe(code);
  }
});
