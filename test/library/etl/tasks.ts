/** Task modules of these tests. */
// oxlint-disable no-shadow -- a parameter is named like the task that feeds it
import { task } from 'dp';

export const extract = task({ tags: ['etl', 'source'] }, async (_: object, ctx) => {
  const rows = [1, 2, 3];
  ctx.publish('data.extracted', { rows });
  return { rows };
});

/** Its parameter is named like the task that feeds it. */
export const transform = task({ tags: ['etl'] }, ({ extract }: { extract: { rows: number[] } }) =>
  extract.rows.map((row) => row * 2),
);

/** Its dependency is declared, and gives it nothing. */
export const load = task(
  { tags: ['etl'], dependencies: ['transform'], maxRetries: 2, description: 'Loads.' },
  function* () {
    yield 'a';
    yield 'b';
  },
);
