/** The pools of all kinds of workers. A further kind is one line here and one file beside. */
import type { WorkerPool } from '../ports/worker.ts';
import { CommandPool, type CommandPoolOptions } from './command-pool.ts';
import { PipelinePool, type PipelinePoolOptions } from './pipeline-pool.ts';
import { ProcessPool, type ProcessPoolOptions } from './process-pool.ts';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';
import { WaitPool, type WaitPoolOptions } from './wait-pool.ts';

export type WorkerPoolsOptions = ThreadPoolOptions &
  ProcessPoolOptions &
  CommandPoolOptions &
  PipelinePoolOptions &
  WaitPoolOptions;

const KINDS: readonly (new (options: WorkerPoolsOptions) => WorkerPool)[] = [
  ThreadPool,
  ProcessPool,
  CommandPool,
  PipelinePool,
  WaitPool,
];

/** Starts no worker yet. */
export const openWorkerPools = (options: WorkerPoolsOptions): readonly WorkerPool[] =>
  KINDS.map((Kind) => new Kind(options));
