import { task } from 'dp';
import * as z from 'zod';

const Order = z.object({
  id: z.number().int().positive(),
  price: z.number().nonnegative(),
});

/** `output` is held against what the task gives. Any Standard Schema will do. */
export const orders = task({ output: z.array(Order) }, () => [
  { id: 1, price: 12.5 },
  { id: 2, price: 30 },
]);

/** `params`: the schema gives the function's parameter types too. */
export const total = task({ params: z.object({ orders: z.array(Order) }) }, ({ orders }): number =>
  orders.reduce((sum, { price }) => sum + price, 0),
);

/** A JSON Schema says the same as plain data. */
export const report = task(
  {
    tags: ['report'],
    params: { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] },
  },
  ({ total }: { total: number }): string => `total ${total.toFixed(2)}`,
);
