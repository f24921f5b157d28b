/** Tasks of the integration example. What they publish reaches the program's broker. */
import { task } from 'dp';

export const extract = task({ tags: ['etl'] }, (_: object, ctx) => {
  const data = { rows: [1, 2, 3, 4, 5] };
  ctx.publish('data.extracted', data);
  return data;
});

export const transform = task({ tags: ['etl'] }, ({ rows }: { rows: number[] }, ctx) => {
  const transformed = rows.map((row) => row * 2);
  ctx.publish('data.transformed', transformed);
  return transformed;
});
