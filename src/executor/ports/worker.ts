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
import type { Attempt, Given, Outcome } from './workforce.ts';

/** An attempt for a worker to carry out. */
export interface Job {
  /** Unique in this process. */
  readonly token: number;
  readonly attempt: Attempt;
  readonly input: JobInput;
  /** Name of the result, should there be one. */
  readonly resultId: string;
  /** Time that the attempt spends on waiting at live streams, which is not its own. */
  readonly waiting?: Waiting;
}

/** What a job starts with. */
export type JobInput =
  | { readonly is: 'function'; readonly given: Given }
  /** `env` comes on top of what every task sees. */
  | {
      readonly is: 'command';
      readonly command: string;
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly is: 'pipeline';
      readonly named: Readonly<Record<string, Argument>>;
      readonly childRunId: RunId;
    };

/** The workers of one kind that serve a run. */
export interface WorkerPool {
  /** Number of workers that take a place: those with a job, unless the kind takes none. */
  readonly busy: number;
  /** True while jobs are so short that one more in the line of a busy worker pays; absent: workers of this kind have no line. */
  readonly hasRoomAhead?: boolean;
  /** Tells whether this kind of worker carries out such jobs. */
  accepts(job: Job): boolean;
  /** Gives the job to an idle worker, which is started when there is none; `ahead` puts it into the line of a busy one. */
  place(job: Job, ahead: boolean): Placement;
  /** Takes back the jobs that wait in a line and have not begun. */
  recallAll?(): void;
  /** Ends every worker with its job, and settles when all of them are gone. */
  close(): Promise<void>;
}

export interface Placement {
  readonly worker: Worker;
  /** False when the job waits in the line of a busy worker; `begun` then follows. */
  readonly begins: boolean;
  /** Called once the start of the job is on record. */
  readonly send: () => void;
}

/** One thread, process, command or run that carries out jobs. */
export interface Worker {
  /** Number of the thread or process, from 1; 0 for a worker that exists for one job only. */
  readonly number: number;
  /** False while the worker is starting up, which is not the task's time. */
  readonly isServing: boolean;
  /** Its signs of life; absent for a process, which is watched from inside. */
  readonly pulse?: Pulse;
  /** Asks the job to end, and ends it after the grace, unless the timer is cleared. */
  stop(job: Job, why: JobStopReason, graceMs: Milliseconds): Timer;
  /** Ends the worker now, whatever it does. */
  kill(): void;
}

export type JobStopReason = 'timed_out' | 'cancelled';

/** Hears what becomes of jobs, which it knows by their tokens. */
export interface WorkerListener {
  /** The turn of a job in the line has come. */
  begun(token: number): void;
  /** The worker of the job has started up. */
  served(token: number): void;
  reported(token: number, message: Extract<FromWorker, { is: 'progress' | 'published' }>): void;
  /** The job gave no sign of life for as long as it may. */
  silent(token: number): void;
  /** Without a duration the job is over whenever this is heard. */
  ended(token: number, outcome: Outcome, durationMs?: Milliseconds): void;
  /** The job never began, and its worker will not come to it. */
  takenBack(token: number): void;
  /** No job can run any more. */
  failed(error: unknown): void;
}

/** How a worker ended that was to serve on: `process.exit`, out of memory, an error nobody caught, a signal (a native abort), or our own kill. */
export interface WorkerDeath {
  readonly is: 'exit' | 'out_of_memory' | 'uncaught' | 'signal' | 'killed';
  readonly message: string;
  /** True when it never got as far as to serve: another one would not either. */
  readonly atStart: boolean;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly cause?: unknown;
  /** The error that it reported before it ended with it. */
  readonly finalError?: TaskError;
}

const NAMES: Readonly<Record<WorkerDeath['is'], string>> = {
  exit: 'ProcessExit',
  out_of_memory: 'OutOfMemory',
  uncaught: 'Uncaught',
  signal: 'ProcessSignal',
  killed: 'Killed',
};

/** Returns the outcome of the attempt that was under way in a worker that died. */
export function crashOf({ is, message, exitCode, signal, finalError }: WorkerDeath): Outcome {
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

/** Returns the outcome that a worker's answer tells. */
export function outcomeOf(answer: Extract<FromWorker, { is: 'succeeded' | 'failed' }>): Outcome {
  if (answer.is === 'succeeded') {
    const { output, inline } = answer;
    return { is: 'succeeded', output, ...(inline === undefined ? {} : { inline }) };
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

/** How worker processes are started. */
export interface ProcessEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly watchdogFile: string;
}
