/** Tasks of the examples about the registry and the planner. */
import { task } from 'dp';

export const extract = task(
  { tags: ['etl', 'extract'], description: 'Reads the rows.' },
  (): { rows: number[] } => ({ rows: [1, 2, 3, 4, 5] }),
);

/** The parameter is named like the task that fills it, and the compiler checks that the types fit. */
export const transform = task(
  { tags: ['etl', 'transform'] },
  async ({ extract }: { extract: { rows: number[] } }) => extract.rows.map((row) => row * 2),
);

/** A dependency without a parameter only orders. */
export const load = task({ tags: ['etl'], dependencies: ['transform'] }, () => 'loaded');
