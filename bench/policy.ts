import type { RunPolicy } from '../src/app/engine.ts';

/** How the benchmarks run pipelines. */
export const POLICY: RunPolicy = {
  byLevel: false,
  onFailure: 'continue',
  graceMs: 1_000,
  cache: { read: true, write: true },
};
