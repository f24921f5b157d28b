/** What the main thread and a worker (a thread, or a process) say to each other. Plain data only. */
import type { ResultStore } from '../../io/open-results.ts';
import type { TaskError } from '../../model/event.ts';
import type { Mebibytes, Milliseconds, RunId, TaskName } from '../../model/ids.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ResultAddress, ResultRef } from '../../model/result.ts';
import type { ArgumentChecks } from '../../planner/argument-checks.ts';

/** Where the logs of attempts are kept. */
export interface LogStore {
  readonly kind: 'files';
  readonly stateFolder: string;
}

/** Given once, when a worker begins to serve a run. */
export interface Session {
  readonly run: RunId;
  readonly pipeline: string;
  readonly params: JsonObject;
  /** Values to redact. They are not read from the environment, which tasks can change. */
  readonly secrets: readonly string[];
  /** Arguments to look at before a task sees them. */
  readonly checks: ArgumentChecks;
  /** The project's folder, for the module loader. */
  readonly root: string;
  /** Where derived files may be kept; absent: nowhere. */
  readonly cacheFolder?: string;
  readonly results: ResultStore;
  readonly logs: LogStore;
  /** Path of the module transformer's native binding, where it is not beside its package. */
  readonly transformerFile?: string;
}

/** One attempt for a worker to carry out. */
export interface Assignment {
  readonly is: 'attempt';
  /** Unique in this process; an answer names it. */
  readonly token: number;
  readonly task: TaskName;
  readonly element?: number;
  readonly attempt: number;
  readonly module: string;
  /** Registered name. */
  readonly function: TaskName;
  readonly arguments: Readonly<Record<string, SentArgument>>;
  readonly streamOutput: boolean;
  /** Name of the result, should there be one. */
  readonly resultId: string;
  /** Stable across attempts. */
  readonly key: string;
  /** It goes on with the stream of an earlier attempt: ids of results that may hold the beginning, newest first. */
  readonly earlier?: readonly string[];
  readonly isResumable: boolean;
  /** Memory of the stream that the attempt writes, when others may read along. */
  readonly stream?: SharedArrayBuffer;
  /** Memory for the time that the attempt waits at live streams; absent when it has to do with none. */
  readonly waiting?: SharedArrayBuffer;
  /** The longest it may go without a sign of life. */
  readonly heartbeatMs?: Milliseconds;
}

/** One for a thread, which may be recalled while it waits there. */
export interface ClaimedAssignment extends Assignment {
  /** Index of its word in the shared claims. */
  readonly claim: number;
}

export type Argument =
  | { readonly is: 'value'; readonly value: unknown }
  /** `inline` is the stored form of a small value, riding along. */
  | { readonly is: 'result'; readonly ref: ResultRef; readonly inline?: Uint8Array }
  /** A stream that is being written under `at`; `memory` is shared by all its ends. */
  | {
      readonly is: 'live';
      readonly at: ResultAddress;
      readonly memory: SharedArrayBuffer;
      readonly reader: number;
    };

/** An argument on its way to a worker: a message between threads would make a plain Uint8Array of every Buffer in a value. */
export type SentArgument = Argument | { readonly is: 'serialized'; readonly bytes: Uint8Array };

interface Abort {
  readonly is: 'abort';
  readonly token: number;
  readonly reason: string;
}

export type ToThread = ClaimedAssignment | Abort | { readonly is: 'end' };

export type ToProcess =
  | {
      readonly is: 'serve';
      readonly session: Session;
      /** Process id of dp: a worker process ends when its parent is another one. */
      readonly parent: number;
      /** Beyond it the process is ended. */
      readonly memoryMiB: Mebibytes | null;
      readonly watchdogFile: string;
    }
  | Assignment
  | Abort;

/** What the watchdog of a process writes to this descriptor, a line of JSON each. */
export const WATCHDOG_FD = 4;
export type FromWatchdog =
  | { readonly is: 'silent'; readonly token: number }
  /** The process is ended with it. */
  | { readonly is: 'out_of_memory'; readonly usedMiB: Mebibytes };

/** `isSpoiled`: the attempt changed what is built in, so that the worker is not to be given another one. */
export type FromWorker =
  | { readonly is: 'serving' }
  | {
      readonly is: 'succeeded';
      readonly token: number;
      readonly output: ResultRef;
      readonly inline?: Uint8Array;
      readonly durationMs: Milliseconds;
      readonly isSpoiled?: true;
    }
  | {
      readonly is: 'failed';
      readonly token: number;
      readonly error: TaskError;
      readonly retryable: boolean;
      readonly retryAfterMs?: Milliseconds;
      readonly durationMs: Milliseconds;
      readonly isSpoiled?: true;
    }
  /** A child process of the worker, which has not left it on purpose. */
  | { readonly is: 'child_started' | 'child_ended'; readonly pid: number }
  /** An error that nobody caught: the worker ends with it. */
  | { readonly is: 'crashed'; readonly token: number; readonly error: TaskError }
  | {
      readonly is: 'progress';
      readonly token: number;
      readonly done: number;
      readonly total: number | null;
    }
  | {
      readonly is: 'published';
      readonly token: number;
      readonly topic: string;
      readonly data: unknown;
    };

/**
 * Assignments may be sent ahead of their time, so that a worker with short tasks never waits for the main thread.
 * Both sides settle who has one by compare-and-swap on a shared word that holds the assignment's token: the worker
 * claims it before it begins, the main thread recalls what has not begun. A recalled assignment may still lie in the
 * worker's line when its word serves another one: its token no longer matches, so it is passed over.
 */
export const claimedBy = (token: number): number => -token;
export const RECALLED = 0;
/** Words in the shared array: the most assignments one worker can hold. A word serves one at a time, from hold to answer. */
export const CLAIMS = 64;
