import type { Json, JsonObject } from '../../model/json.ts';

/** What an attempt knows of itself and of its run: the second argument of a task function. */
export interface TaskContext {
  readonly runId: string;
  /** As the pipeline names it. */
  readonly task: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborts on timeout and cancel; after a grace period the thread is ended. */
  readonly signal: AbortSignal;
  /** The log of the attempt, which is kept with the run. */
  readonly log: TaskLog;
  /** The pipeline's parameters. */
  readonly params: JsonObject;
  /** The standard variables and those the pipeline declares under `env:` and `secrets:`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The same for every attempt of this task in this run: hand it to services that take an idempotency key. */
  readonly key: string;
  /** Of a resumable task: how many items of its stream are stored already. It yields those that follow. 0: all of them. */
  readonly resumeFrom: number;
  /** Throws when the topic is not valid. Delivered even if the attempt fails afterwards. */
  publish(topic: string, data: Json): void;
  /** Shown while the task runs; leave `total` out when it is not known. */
  progress(done: number, total?: number): void;
  /** A sign of life, for a task with `heartbeat` that has nothing else to tell. */
  heartbeat(): void;
}

/** Structured lines, as pino takes them: a message, or fields and a message. */
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
