import { availableParallelism } from 'node:os';
import { Fault } from '../../model/fault.ts';
import type { CallerContext } from './caller-context.ts';

/** Returns the default number of tasks at once: DP_JOBS, else what the project's `dp.yaml` says, else one for each core. Throws DP2001. */
export function usualJobs(
  root: string,
  { env, projects }: Pick<CallerContext, 'env' | 'projects'>,
): number {
  const text = env['DP_JOBS'];
  if (text === undefined || text === '') return projects?.get(root)?.jobs ?? availableParallelism();
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs > 0) return jobs;
  throw new Fault('DP2001', `DP_JOBS has to be a whole number from 1, not "${text}"`);
}
