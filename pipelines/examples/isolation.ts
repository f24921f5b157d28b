import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { task } from 'dp';

/** Of a process of its own, the folder is where `cwd` says. */
export const listed = (): boolean => readdirSync('.').includes('isolation.yaml');

/** `process.abort()` is not there on threads: it ends the process. */
export const crashing = task((_: object, { attempt }): string => {
  if (attempt === 1) process.abort();
  return `attempt ${attempt}`;
});

/** A sign of life now and then; progress, a log line or an item of a generator is one too. */
export const steady = task(async (_: object, ctx): Promise<number> => {
  let beats = 0;
  for (; beats < 3; beats++) {
    await setTimeout(10);
    ctx.heartbeat();
  }
  return beats;
});

export const report = task(
  { tags: ['report'] },
  ({ listed, crashing, steady }: { listed: boolean; crashing: string; steady: number }): string =>
    `${listed ? 'at home' : 'elsewhere'}; worked at ${crashing}; ${steady} signs of life`,
);
