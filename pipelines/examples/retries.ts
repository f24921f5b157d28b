import { setTimeout } from 'node:timers/promises';
import { NonRetryableError, task } from 'dp';

/** `ctx.attempt` counts from 1; `ctx.key` is the same in all of them. */
export const unsteady = task((_: object, ctx): string => {
  if (ctx.attempt < 3) throw new Error(`attempt ${ctx.attempt} did not work`);
  return `worked at attempt ${ctx.attempt}`;
});

/** An error may also carry `retryAfter`, in seconds or as a Date, in place of the policy's delay. */
export const hopeless = task((): string => {
  throw new NonRetryableError('there is no such customer');
});

/** `ctx.signal` says when to stop; a task that does not listen is ended after the grace period. */
export const slow = task(async (_: object, { signal }): Promise<string> => {
  await setTimeout(60_000, undefined, { signal });
  return 'done at last';
});

export const report = task(
  { tags: ['report'] },
  ({ unsteady, hopeless, slow }: { unsteady: string; hopeless?: string; slow?: string }): string =>
    `${unsteady}; hopeless gave ${hopeless ?? 'nothing'}, slow gave ${slow ?? 'nothing'}`,
);
