import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project } from '../cli/rig.ts';

const checkout = join(import.meta.dirname, '../..');

/** The examples that ship with dp, their state and reports kept out of the checkout. */
let project: Project;
beforeAll(() => {
  project = new Project({ 'package.json': '{ "type": "module" }' });
  mkdirSync(project.path('dist'));
  symlinkSync(join(checkout, 'node_modules'), project.path('node_modules'));
});
afterAll(() => {
  project[Symbol.dispose]();
});

async function outputsOf(
  pipeline: string,
  tasks: readonly string[],
  ...words: readonly string[]
): Promise<Record<string, unknown>> {
  const file = join(checkout, 'pipelines', `${pipeline}.yaml`);
  const state = ['--state-dir', project.path('state')];
  const { json } = await project.ok('run', file, ...state, '--json', ...words);
  const outputs: Record<string, unknown> = {};
  for (const task of tasks)
    outputs[task] = (await project.ok('output', json.runId, task, '--json', ...state)).json;
  return outputs;
}

describe.for([1, 8])('with -j %i', (jobs) => {
  test('the flights report has its figures', async () => {
    const out = project.path('dist/flights.html');
    const { total, byMonth, worst, originsCsv } = await outputsOf(
      'flights',
      ['total', 'byMonth', 'worst', 'originsCsv'],
      '-j',
      String(jobs),
      '-p',
      `out=${out}`,
    );
    expect(total).toMatchObject({ n: 20000, sumDelay: 154078, late: 4349, sumDistance: 14476934 });
    expect(byMonth).toMatchObject([
      { month: '2001-01', n: 6937, sumDelay: 44647, late: 1442, meanDelay: '6.436' },
      { month: '2001-02', n: 5964, sumDelay: 57252, late: 1421, meanDelay: '9.600' },
      { month: '2001-03', n: 7099, sumDelay: 52179, late: 1486, meanDelay: '7.350' },
    ]);
    expect(worst).toHaveLength(10);
    expect(worst).toMatchObject({ 0: { origin: 'JFK', n: 200, meanDelay: '16.200' } });
    expect(originsCsv).toContain('\nATL,846,6611,0,33,365\n');
    expect(project.read('dist/flights.html')).toContain('<!doctype html>');
  });

  test('life expectancy has its figures', async () => {
    const { misfits, byRegionYear, growth, worldPopulation } = await outputsOf(
      'life_expectancy',
      ['misfits', 'byRegionYear', 'growth', 'worldPopulation'],
      '-j',
      String(jobs),
    );
    expect(misfits).toEqual(['Hong Kong, China', 'Turkey']);
    expect(byRegionYear).toHaveLength(66);
    expect(byRegionYear).toContainEqual({
      region: 'Asia',
      year: 2005,
      rows: 16,
      pop: 3452674748,
      life: '69.507',
    });
    expect(growth).toMatchObject({ 0: { country: 'Saudi Arabia', factor: '6.8114' } });
    expect(worldPopulation).toMatchObject({ 1955: 2165658066, 2005: 5131438623 });
  });
});

test.for([
  [1, 1_000],
  [8, 1_000],
  [8, 100_000],
  [8, 1],
] as const)(
  'the stream with -j %i in chunks of %i has its figures',
  { timeout: 120_000 },
  async ([jobs, chunk]) => {
    const {
      totals,
      percentiles,
      join: joined,
    } = await outputsOf(
      'stream',
      ['totals', 'percentiles', 'join'],
      '-j',
      String(jobs),
      '-p',
      `chunk=${chunk}`,
    );
    expect(totals).toMatchObject({
      rows: 200000,
      sumDelay: 1500159,
      sumDistance: 145847125,
      late15: 43145,
      minDelay: -86,
      maxDelay: 1444,
    });
    expect(percentiles).toEqual({
      '0.01': -30,
      '0.25': -8,
      '0.5': 0,
      '0.75': 12,
      '0.9': 37,
      '0.99': 137,
    });
    expect(joined).toMatchObject({ zip: 42049, airports: 3376, joinRows: 20212 });
  },
);
