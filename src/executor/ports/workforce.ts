/** The port to those who do the work: attempts go in, what becomes of them comes back. */
import type { TaskError } from '../../model/event.ts';
import type { Milliseconds, RunId, TaskName } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import type { Argument } from './protocol.ts';
import type { FailureReason } from '../../model/failure-reason.ts';

/** One try at a unit of work. */
export interface Attempt {
  readonly unit: Unit;
  readonly task: PlannedTask;
  /** From 1. */
  readonly number: number;
}

export type Outcome =
  | { readonly is: 'succeeded'; readonly output: ResultRef; readonly inline?: Uint8Array }
  | { readonly is: 'failed'; readonly failure: Failure; readonly error: TaskError }
  /** It was asked to stop and did not succeed: it says nothing about the task. */
  | { readonly is: 'cancelled' };

/** What a function task starts with. */
export interface Given {
  readonly named: Readonly<Record<string, Argument>>;
  /** Shared with those who may read its stream while it writes. */
  readonly stream?: SharedArrayBuffer;
  /** Results that may hold the beginning of its stream, newest first. */
  readonly earlier?: readonly string[];
}

export interface Workforce {
  /** `now`: a unit would begin at once. `ahead`: it would wait in a line, which pays while attempts are short. */
  readonly room: 'now' | 'ahead' | 'none';
  /** Nothing is under way. */
  readonly isIdle: boolean;
  /** Takes a place for a function task; what it returns sends the attempt there, and is called once its start is on record. */
  startFunction(attempt: Attempt, given: Given): () => void;
  /** The same for a command; `env` comes on top of what every task sees. */
  startCommand(
    attempt: Attempt,
    command: string,
    env: Readonly<Record<string, string>>,
  ): () => void;
  /** Stops one attempt within the grace; unless it had an answer before, `error` is what it failed with, for good. */
  expire(attempt: Attempt, error: TaskError): void;
  /** The same for a task that is a pipeline, whose run gets the id; it takes no place. */
  startPipeline(
    attempt: Attempt,
    named: Readonly<Record<string, Argument>>,
    childRunId: RunId,
  ): () => void;
  /** Takes back what was sent ahead and has not begun. */
  recallAll(): void;
  /** Asks an attempt to end, as what it gives is of no use any more; after the grace it is ended. */
  stop(attempt: Attempt): void;
  /** `drain`: what runs may end by itself within the grace; functions are told by their signal. `kill`: force now. */
  stopAll(how: 'drain' | 'kill'): void;
  /** Ends everybody; nobody hears of what was still running. */
  close(): Promise<void>;
}

export interface WorkforceListener {
  /** Its turn has come: from here on the attempt counts. `token` is unique in this process. */
  begun(attempt: Attempt, token: number, worker: number): void;
  answered(attempt: Attempt, outcome: Outcome, durationMs: Milliseconds): void;
  /** It was sent to a thread that never came to it, though `begun` may have been said of it. */
  takenBack(attempt: Attempt, hadBegun: boolean): void;
  progressed(attempt: Attempt, done: number, total: number | null): void;
  published(attempt: Attempt, topic: string, data: unknown): void;
  /** There may be room now that another run held. */
  roomLeft(): void;
  /** Nothing can run any more. */
  failed(error: unknown): void;
}

/** What is known of an attempt that did not succeed. */
export interface Failure {
  readonly reason: FailureReason;
  /** False for NonRetryableError. */
  readonly retryable: boolean;
  /** The task's own wish, in place of the policy's delay. */
  readonly retryAfterMs?: Milliseconds;
}

/** A task, or one element of a mapped task. */
export interface Unit {
  /** The task's place in the plan. */
  readonly index: number;
  readonly element: number | undefined;
}

/** Unique in a run. */
export const unitName = ({ name }: { readonly name: TaskName }, { element }: Unit): string =>
  element === undefined ? name : `${name}/${element}`;
