import { task } from 'dp';

/** Publishes two events; the first is too small for the task that waits. */
export const deliveries = task({}, (_: object, ctx) => {
  ctx.publish('stock.roof.delivered', { boxes: 2 });
  ctx.publish('stock.cellar.delivered', { boxes: 7 });
});

/** Returns what was delivered, in one line. */
export const report = task(
  {},
  ({ delivery, topic }: { delivery: { data: { boxes: number } }; topic: string }) =>
    `${delivery.data.boxes} boxes by ${topic}`,
);
