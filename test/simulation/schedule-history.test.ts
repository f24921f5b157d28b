import { expect, test } from 'vitest';
import { scheduleHistory } from './schedule-history.ts';

test('every invariant of the scheduler holds in made-up histories', async () => {
  const broken: string[] = [];
  let rows = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const history = await scheduleHistory(seed);
    rows += history.rows;
    broken.push(...history.violations.map((violation) => `${seed}: ${violation}`));
  }
  expect(broken).toEqual([]);
  expect(rows).toBeGreaterThan(1_000);
});
