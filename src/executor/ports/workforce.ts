/** The port to the workforce: attempts go in, their outcomes come back. */
import type { ReceivedEvent, TaskError, WaitRecord } from '../../model/event.ts';
import type { Milliseconds, RunId, TaskName } from '../../model/ids.ts';
import type { SeenRead } from '../../model/input-note.ts';
import type { KeptOutputs } from '../../model/kept-outputs.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import type { Argument } from './protocol.ts';
import type { FailureReason } from '../../model/failure-reason.ts';

/** One try at a unit of work. */
export interface Attempt {
  readonly unit: Unit;
  readonly task: PlannedTask;
  /** Number of the attempt, from 1. */
  readonly number: number;
}

export type AttemptOutcome =
  | {
      readonly is: 'succeeded';
      readonly output: ResultRef;
      readonly inline?: Uint8Array;
      readonly holdsSecret?: true;
      /** What it was seen to read; absent when it was not observed. */
      readonly seen?: readonly SeenRead[];
      /** The files that a command has made, if its result may be kept for reuse. */
      readonly outputs?: KeptOutputs;
    }
  | { readonly is: 'failed'; readonly failure: AttemptFailure; readonly error: TaskError }
  /** The attempt was asked to stop and did not succeed, which says nothing about the task. */
  | { readonly is: 'cancelled' };

/** Input of a function task. */
export interface FunctionInput {
  readonly named: Readonly<Record<string, Argument>>;
  /** Memory shared with the tasks that may read its stream live. */
  readonly stream?: SharedArrayBuffer;
  /** Results that may hold the beginning of its stream, newest first. */
  readonly earlier?: readonly string[];
}

/** What a waiting task waits for. */
export interface Wait extends WaitRecord {
  /** Tells whether the event meets the condition. Throws DP1009 when that cannot be evaluated. */
  readonly meets: (event: ReceivedEvent) => boolean;
}

export interface Workforce {
  /** `now`: a unit would begin immediately. `ahead`: it would wait in a worker's queue, which pays while attempts are short. */
  readonly room: 'now' | 'ahead' | 'none';
  /** True when no attempt is running or queued at a worker. */
  readonly isIdle: boolean;
  /** Reserves a slot for a function task. The returned function sends the attempt, and is called once its start is recorded. */
  startFunction(attempt: Attempt, given: FunctionInput): () => void;
  /** Does the same for a command; `env` is added to the environment of all tasks. */
  startCommand(
    attempt: Attempt,
    command: string,
    env: Readonly<Record<string, string>>,
  ): () => void;
  /** Stops one attempt within the grace. Unless it had answered before, it fails with `error` and is not retried. */
  expire(attempt: Attempt, error: TaskError): void;
  /** Starts the attempt of a task that is a pipeline, whose run gets the id; it occupies no slot. */
  startPipeline(
    attempt: Attempt,
    named: Readonly<Record<string, Argument>>,
    childRunId: RunId,
  ): () => void;
  /** Starts the attempt of a task that waits for an event, which occupies no slot. */
  startWait(attempt: Attempt, wait: Wait): () => void;
  /** Recalls the attempts that were sent ahead and have not begun. */
  recallAll(): void;
  /** Asks an attempt to end because its result is no longer needed; kills it after the grace. */
  stop(attempt: Attempt): void;
  /** `drain` lets attempts end by themselves within the grace and aborts the signal of functions; `kill` ends them now. */
  stopAll(how: 'drain' | 'kill'): void;
  /** Ends all workers; the outcomes of running attempts are not reported. */
  close(): Promise<void>;
}

export interface WorkforceListener {
  /** The attempt has begun, and counts from now on. `token` is unique in this process. */
  begun(attempt: Attempt, token: number, worker: number): void;
  answered(attempt: Attempt, outcome: AttemptOutcome, durationMs: Milliseconds): void;
  /** The attempt was sent to a thread that never ran it, although `begun` may have been reported. */
  takenBack(attempt: Attempt, hadBegun: boolean): void;
  progressed(attempt: Attempt, done: number, total: number | null): void;
  published(attempt: Attempt, topic: string, data: unknown): void;
  /** Another run may have released a slot. */
  roomLeft(): void;
  /** Attempts can no longer run. */
  failed(error: unknown): void;
}

/** Details of an attempt that did not succeed. */
export interface AttemptFailure {
  readonly reason: FailureReason;
  /** False after a NonRetryableError. */
  readonly retryable: boolean;
  /** Delay that the task itself asks for; it replaces the policy's delay. */
  readonly retryAfterMs?: Milliseconds;
}

/** A task, or one element of a mapped task. */
export interface Unit {
  /** Index of the task in the plan. */
  readonly index: number;
  readonly element: number | undefined;
}

/** Returns a name for the unit that is unique in its run. */
export const unitName = ({ name }: { readonly name: TaskName }, { element }: Unit): string =>
  element === undefined ? name : `${name}/${element}`;
