/** Crews carry out attempts, one crew for each kind of worker; what they and the dispatcher say to each other. */
import type { Waiting } from '../../io/waiting.ts';
import type { TaskError } from '../../model/event.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { Timer } from '../../lib/clock.ts';
import type { FromWorker } from './protocol.ts';
import type { Pulse } from './pulse.ts';
import type { Attempt, Outcome } from './workforce.ts';

/** An attempt to carry out, under a number that is unique in this process. */
export interface Order {
  readonly token: number;
  readonly attempt: Attempt;
  /** Name of the result, should there be one. */
  readonly resultId: string;
  /** What it spends on waiting at live streams, which is not its own time. */
  readonly waiting?: Waiting;
}

/** Where an attempt is under way. */
export interface Station {
  /** Number of the thread or process; 0 for a command. */
  readonly worker: number;
  /** False while the worker is starting up, which is not the task's time. */
  readonly isServing: boolean;
  /** Where its signs of life are seen; those of a process are watched from inside it. */
  readonly pulse?: Pulse;
  /** Asks the attempt to end, and ends it after the grace, unless the timer is cleared. */
  stop(order: Order, why: 'timed_out' | 'cancelled', graceMs: Milliseconds): Timer;
  /** Ends it now, whatever it does. */
  kill(): void;
}

export interface Placed {
  readonly station: Station;
  /** False when it waits in the line of a busy worker; `begun` then follows. */
  readonly begins: boolean;
  /** Called once its start is on record. */
  readonly send: () => void;
}

export interface CrewListener {
  /** Its turn in the line has come. */
  begun(token: number): void;
  /** Its worker has started up. */
  served(token: number): void;
  said(token: number, message: Extract<FromWorker, { is: 'progress' | 'published' }>): void;
  /** It gave no sign of life for as long as it may. */
  silent(token: number): void;
  /** Without a duration it is over whenever this is heard. */
  ended(token: number, outcome: Outcome, durationMs?: Milliseconds): void;
  /** It never began, and its worker will not come to it. */
  takenBack(token: number): void;
  /** Nothing can run any more. */
  failed(error: unknown): void;
}

/** How a worker ended that was to serve on: `process.exit`, out of memory, an error nobody caught, a signal (a native abort), or our own kill. */
export interface WorkerDeath {
  readonly is: 'exit' | 'out_of_memory' | 'uncaught' | 'signal' | 'killed';
  readonly message: string;
  /** It never got as far as to serve: another one would not either. */
  readonly atStart: boolean;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly cause?: unknown;
  /** The error that it told before it ended with it. */
  readonly lastWords?: TaskError;
}

const NAMES: Readonly<Record<WorkerDeath['is'], string>> = {
  exit: 'ProcessExit',
  out_of_memory: 'OutOfMemory',
  uncaught: 'Uncaught',
  signal: 'ProcessSignal',
  killed: 'Killed',
};

/** What becomes of the attempt that was under way. */
export function crashOf({ is, message, exitCode, signal, lastWords }: WorkerDeath): Outcome {
  const error = lastWords ?? {
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

/** What a worker answers, as an outcome. */
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
