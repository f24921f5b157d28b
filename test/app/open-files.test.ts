import { describe, expect, test } from 'vitest';
import { jobsWithin } from '../../src/app/project/open-files.ts';

describe('jobs within the limit of open files', () => {
  test.each([
    ['all that were asked for, where there is room', 8, 1024, 8],
    ['all, where the limit is not known', 500, Infinity, 500],
    ['fewer, where there is not', 30, 100, 10],
    ['one, where there is just room for it', 30, 46, 1],
  ])('are %s', (_what, jobs, openFiles, expected) => {
    expect(jobsWithin(jobs, openFiles)).toBe(expected);
  });

  test.each([0, 16, 45])('are refused with %d open files, as a run would hang', (openFiles) => {
    expect(() => jobsWithin(1, openFiles)).toThrow(
      `a run needs 46 open files, but this process may have ${openFiles}`,
    );
  });
});
