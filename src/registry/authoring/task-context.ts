import type { Json, JsonObject } from '../../model/json.ts';

/** The context of an attempt: the second argument of a task function. */
export interface TaskContext {
  readonly runId: string;
  /** Name of the task in the pipeline. */
  readonly task: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Aborts on timeout and cancel; after a grace period the thread is ended. */
  readonly signal: AbortSignal;
  /** The log of the attempt, which is kept with the run. */
  readonly log: TaskLog;
  /** The pipeline's parameters. */
  readonly params: JsonObject;
  /** The standard variables and those the pipeline declares under `env:` and `secrets:`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** An idempotency key for services that accept one: it is the same for every attempt of this task in this run. */
  readonly key: string;
  /** Number of stream items of a resumable task that are stored already: the task yields the items that follow. It is 0 for all other tasks. */
  readonly resumeFrom: number;
  /** Publishes an event, which is delivered even if the attempt fails afterwards. Throws when the topic is not valid. */
  publish(topic: string, data: Json): void;
  /** Reports progress, which is shown while the task runs; leave `total` out when it is not known. */
  progress(done: number, total?: number): void;
  /** Reports that the task is alive, for a task with `heartbeat` that reports nothing else. */
  heartbeat(): void;
}

/** A log of structured lines, as pino accepts them: a message, or fields and a message. */
export interface TaskLog {
  readonly trace: LogLine;
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

export interface LogLine {
  (message: string): void;
  (fields: object, message?: string): void;
}
