/** Messages between the main thread and a worker (a thread or a process). They are plain data. */
import type { ResultStore } from '../../io/open-results.ts';
import type { TaskError } from '../../model/event.ts';
import type { Mebibytes, Milliseconds, RunId, TaskName } from '../../model/ids.ts';
import type { SeenRead } from '../../model/input-note.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ResultAddress, ResultRef } from '../../model/result.ts';
import type { CodeParts } from '../../model/task.ts';
import type { ArgumentChecks } from '../../planner/argument-checks.ts';

/** Location of the attempts' log files. */
export interface LogStore {
  readonly kind: 'files';
  readonly stateFolder: string;
}

/** Settings that a worker receives once, when it begins to serve a run. */
export interface Session {
  readonly run: RunId;
  readonly pipeline: string;
  readonly params: JsonObject;
  /** Values to redact. They are not read from the environment, which tasks can change. */
  readonly secrets: readonly string[];
  /** Arguments to validate before a task receives them. */
  readonly checks: ArgumentChecks;
  /** The project's folder, for the module loader. */
  readonly root: string;
  /** Code that the run was planned with, by path of the module. */
  readonly code: ReadonlyMap<string, CodeParts>;
  /** Folder for derived files; absent when none may be kept. */
  readonly cacheFolder?: string;
  readonly results: ResultStore;
  readonly logs: LogStore;
  /** Path of the module transformer's native binding; absent when it is beside its package. */
  readonly transformerFile?: string;
}

/** One attempt for a worker to carry out. */
export interface Assignment {
  readonly is: 'attempt';
  /** Identifies the attempt in answers; unique in this process. */
  readonly token: number;
  readonly task: TaskName;
  readonly element?: number;
  readonly attempt: number;
  readonly module: string;
  /** Registered name of the function. */
  readonly function: TaskName;
  readonly arguments: Readonly<Record<string, SentArgument>>;
  readonly streamOutput: boolean;
  /** Name under which a result is stored. */
  readonly resultId: string;
  /** Idempotency key; the same in every attempt. */
  readonly key: string;
  /** Ids of results of earlier attempts that may hold the beginning of the stream to continue, newest first. */
  readonly earlier?: readonly string[];
  readonly isResumable: boolean;
  /** The result may be reused, so what the function reads is noted. */
  readonly isObserved?: true;
  /** Shared memory of the stream that the attempt writes; present when others may read it live. */
  readonly stream?: SharedArrayBuffer;
  /** Shared memory that counts the time spent waiting for live streams; absent when the attempt uses none. */
  readonly waiting?: SharedArrayBuffer;
  /** Maximum time without a sign of life. */
  readonly heartbeatMs?: Milliseconds;
}

/** An assignment for a thread; it can be recalled until it begins. */
export interface ClaimedAssignment extends Assignment {
  /** Index of its word in the shared claims. */
  readonly claim: number;
}

export type Argument =
  | { readonly is: 'value'; readonly value: unknown }
  /** `inline` is the stored form of a small value, sent with the reference. */
  | { readonly is: 'result'; readonly ref: ResultRef; readonly inline?: Uint8Array }
  /** A stream that is being written to `at`; its producer and readers share `memory`. */
  | {
      readonly is: 'live';
      readonly at: ResultAddress;
      readonly memory: SharedArrayBuffer;
      readonly reader: number;
    };

/** An argument as sent to a worker. Values are serialized because structured clone turns each Buffer into a Uint8Array. */
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
      /** Memory limit of the process, which is ended when it exceeds it; null: no limit. */
      readonly memoryMiB: Mebibytes | null;
      readonly watchdogFile: string;
    }
  | Assignment
  | Abort;

/** File descriptor to which a process's watchdog writes its messages, one line of JSON each. */
export const WATCHDOG_FD = 4;
export type FromWatchdog =
  | { readonly is: 'silent'; readonly token: number }
  /** The process is killed after this message. */
  | { readonly is: 'out_of_memory'; readonly usedMiB: Mebibytes };

/** `isSpoiled`: the attempt changed built-in objects, so the worker must not be reused. */
export type FromWorker =
  | { readonly is: 'serving' }
  | {
      readonly is: 'succeeded';
      readonly token: number;
      readonly output: ResultRef;
      readonly inline?: Uint8Array;
      /** The stored result holds the value of a secret. */
      readonly holdsSecret?: true;
      /** What the function read; absent when it was not observed, or read too much to be kept. */
      readonly seen?: readonly SeenRead[];
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
  /** A child process of the worker that was not started detached. */
  | { readonly is: 'child_started' | 'child_ended'; readonly pid: number }
  /** An uncaught error, which ends the worker. */
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
 * Assignments may be sent ahead, so that a worker with short tasks never waits for the main thread.
 * Both sides agree on who owns one by compare-and-swap on a shared word that holds the assignment's token: the worker
 * claims it before it begins, the main thread recalls those not yet begun. A recalled assignment may still be in the
 * worker's queue when its word is reused for another one: its token no longer matches, so the worker skips it.
 */
export const claimedBy = (token: number): number => -token;
export const RECALLED = 0;
/** Number of words in the shared array, and so the maximum number of assignments that one worker can hold. A word serves one assignment at a time, until its answer. */
export const CLAIMS = 64;
