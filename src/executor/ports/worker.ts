/**
 * The port to workers: threads, processes, commands, runs of other pipelines.
 * A further kind is one file in `workers/` and one line in `workers/worker-pools.ts`; it passes `test/executor/workers/contract.ts`.
 */
import type { Waiting } from '../../io/waiting.ts';
import type { TaskError } from '../../model/event.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import type { Timer } from '../../lib/clock.ts';
import type { Argument, FromWorker } from './protocol.ts';
import type { Pulse } from './pulse.ts';
import type { Attempt, AttemptOutcome, FunctionInput, Wait } from './workforce.ts';

/** An attempt for a worker to carry out. */
export interface Job {
  /** Identifies the job; unique in this process. */
  readonly token: number;
  readonly attempt: Attempt;
  readonly input: JobInput;
  /** Name under which a result is stored. */
  readonly resultId: string;
  /** Time that the attempt spends waiting for live streams, which does not count towards its time limit. */
  readonly waiting?: Waiting;
}

/** Input of a job. */
export type JobInput =
  | { readonly is: 'function'; readonly given: FunctionInput }
  /** `env` is added to the environment of all tasks. */
  | {
      readonly is: 'command';
      readonly command: string;
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly is: 'pipeline';
      readonly named: Readonly<Record<string, Argument>>;
      readonly childRunId: RunId;
    }
  | { readonly is: 'wait'; readonly wait: Wait };

/** The workers of one kind that serve a run. */
export interface WorkerPool {
  /** Number of workers that occupy a job slot: those with a job, unless this kind occupies none. */
  readonly busy: number;
  /** True while jobs are so short that queueing one more at a busy worker pays; absent when workers of this kind have no queue. */
  readonly hasRoomAhead?: boolean;
  /** Returns whether this kind of worker carries out the job. */
  accepts(job: Job): boolean;
  /** Gives the job to an idle worker, which is started when there is none; `ahead` puts it into the queue of a busy one. */
  place(job: Job, ahead: boolean): Placement;
  /** Recalls the jobs that wait in workers' queues and have not begun. */
  recallAll?(): void;
  /** Ends every worker and its job, and resolves when all of them are gone. */
  close(): Promise<void>;
}

export interface Placement {
  readonly worker: Worker;
  /** False when the job waits in the queue of a busy worker; `begun` is called later. */
  readonly begins: boolean;
  /** Sends the job; called once its start is recorded. */
  readonly send: () => void;
}

/** One thread, process, command or run that carries out jobs. */
export interface Worker {
  /** Number of the thread or process, from 1; 0 for a worker that exists for one job only. */
  readonly number: number;
  /** False while the worker is starting up, which is not the task's time. */
  readonly isServing: boolean;
  /** Signs of life of the worker; absent for a process, which its watchdog watches. */
  readonly pulse?: Pulse;
  /** Asks the job to end, and kills it after the grace unless the returned timer is cleared. */
  stop(job: Job, why: JobStopReason, graceMs: Milliseconds): Timer;
  /** Kills the worker immediately. */
  kill(): void;
}

export type JobStopReason = 'timed_out' | 'cancelled';

/** Receives the progress of jobs, which are identified by their tokens. */
export interface WorkerListener {
  /** A job that was queued at a worker has begun. */
  begun(token: number): void;
  /** The worker of the job has started up. */
  served(token: number): void;
  reported(token: number, message: Extract<FromWorker, { is: 'progress' | 'published' }>): void;
  /** The job has exceeded its maximum time without a sign of life. */
  silent(token: number): void;
  /** The job has ended; without a duration, it ended at the time of this call. */
  ended(token: number, outcome: AttemptOutcome, durationMs?: Milliseconds): void;
  /** The job never began, and its worker will not carry it out. */
  takenBack(token: number): void;
  /** Jobs can no longer run. */
  failed(error: unknown): void;
}

/** The end of a worker that died unexpectedly (`process.exit`, out of memory, uncaught error, signal) or that dp killed. */
export interface WorkerDeath {
  readonly is: 'exit' | 'out_of_memory' | 'uncaught' | 'signal' | 'killed';
  readonly message: string;
  /** True when it died during start-up: another worker would die, too. */
  readonly atStart: boolean;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly cause?: unknown;
  /** The uncaught error that it reported before it ended. */
  readonly finalError?: TaskError;
}

const NAMES: Readonly<Record<WorkerDeath['is'], string>> = {
  exit: 'ProcessExit',
  out_of_memory: 'OutOfMemory',
  uncaught: 'Uncaught',
  signal: 'ProcessSignal',
  killed: 'Killed',
};

/** Returns the outcome of the attempt that was running in a worker when it died. */
export function crashOf({
  is,
  message,
  exitCode,
  signal,
  finalError,
}: WorkerDeath): AttemptOutcome {
  const error = finalError ?? {
    name: NAMES[is],
    message,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
  };
  return {
    is: 'failed',
    failure: { reason: 'crashed', retryable: true },
    error: { ...error, code: 'DP6003' },
  };
}

/** Converts a worker's answer to an outcome. */
export function outcomeOf(
  answer: Extract<FromWorker, { is: 'succeeded' | 'failed' }>,
): AttemptOutcome {
  if (answer.is === 'succeeded') {
    const { output, inline, holdsSecret, seen } = answer;
    return {
      is: 'succeeded',
      output,
      ...(inline && { inline }),
      ...(holdsSecret && { holdsSecret }),
      ...(seen && { seen }),
    };
  }
  const { error, retryable, retryAfterMs } = answer;
  return {
    is: 'failed',
    failure: {
      reason: 'failed',
      retryable,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    error,
  };
}

/** The parameters with which worker processes are started. */
export interface ProcessEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly watchdogFile: string;
  /** Arguments of the process that starts commands for dp. */
  readonly hostArgs: readonly string[];
}
