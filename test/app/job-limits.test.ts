import { describe, expect, test } from 'vitest';
import { jobsWithin, meansOfThisProcess } from '../../src/app/project/job-limits.ts';

const PLENTY = { openFiles: Infinity, memoryMiB: Infinity, mappings: Infinity, cores: 2 };

describe('jobs within what a process may have', () => {
  test.each([
    ['all that were asked for, where there is room', 8, { openFiles: 1024 }, { jobs: 8 }],
    ['all, where no limit is known', 5_000, {}, { jobs: 5_000 }],
    ['as many as open files allow', 30, { openFiles: 100 }, { jobs: 10, by: 'openFiles' }],
    ['one, where there is just room for it', 30, { openFiles: 46 }, { jobs: 1, by: 'openFiles' }],
    ['as many as memory allows', 5_000, { memoryMiB: 16_128 }, { jobs: 1_000, by: 'memoryMiB' }],
    [
      'one for each core, however little memory',
      8,
      { memoryMiB: 20 },
      { jobs: 2, by: 'memoryMiB' },
    ],
    ['as many as mappings allow', 5_000, { mappings: 65_530 }, { jobs: 1_354, by: 'mappings' }],
    [
      'as many as the scarcest allows',
      5_000,
      { openFiles: 10_000, memoryMiB: 1_728, mappings: 65_530 },
      { jobs: 100, by: 'memoryMiB' },
    ],
  ])('are %s', (_what, jobs, means, expected) => {
    expect(jobsWithin(jobs, { ...PLENTY, ...means })).toEqual(expected);
  });

  test.each([0, 16, 45])('are refused with %d open files, as a run would hang', (openFiles) => {
    expect(() => jobsWithin(1, { ...PLENTY, openFiles })).toThrow(
      `a run needs 46 open files, but this process may have ${openFiles}`,
    );
  });
});

test('this process has memory and cores', () => {
  const { memoryMiB, cores } = meansOfThisProcess();
  expect(memoryMiB).toBeGreaterThan(1);
  expect(memoryMiB).toBeLessThan(2 ** 24);
  expect(cores).toBeGreaterThan(0);
});
