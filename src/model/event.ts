/** Facts about what happened. They are the executor's only product; every view is a fold over them. */
import type { FailureReason } from './failure-reason.ts';
import type { Digest, Instant, Milliseconds, RunId, TaskName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { RunStopReason, TaskSkipReason, WithReason } from './recorded-reason.ts';
import type { ResultRef } from './result.ts';
import type { Hook } from './task.ts';

/** An event as anyone may publish and receive it. */
export interface Event<Data = unknown> {
  /** Version of the shape of events; raised when an older reader would misread it. */
  readonly v: 1;
  /** Unique; handlers deduplicate on it. */
  readonly id: string;
  readonly topic: string;
  readonly time: Instant;
  readonly runId?: RunId;
  readonly task?: TaskName;
  readonly attempt?: number;
  /** Index within a mapped task. */
  readonly element?: number;
  readonly data: Data;
}

/** Reason for which an attempt did not succeed. `upstream_failed` is not a failure of the task: the live stream that it was reading broke off. */
export type AttemptReason = FailureReason | 'upstream_failed';

export interface TaskError {
  readonly name: string;
  readonly message: string;
  /** Stack trace, with user frames mapped to their TypeScript lines. */
  readonly stack?: string;
  /** File of the first frame in the user's own code. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly code?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Other fields that the error carries, as text. */
  readonly details?: string;
  readonly cause?: TaskError;
  /** Errors that an AggregateError holds. */
  readonly errors?: readonly TaskError[];
}

/** The process that executes a run, distinguishable from a later one with the same pid. */
export interface Owner {
  readonly pid: number;
  /** Start time as the operating system reports it; undefined where it does not. */
  readonly startTime?: string;
  readonly bootId?: string;
  /** PID namespace in which `pid` is valid; absent where there are none, and in what an older dp wrote. */
  readonly pidNamespace?: string;
  readonly host: string;
}

export interface RunTotals {
  readonly succeeded: number;
  readonly cached: number;
  readonly failed: number;
  readonly skipped: number;
  readonly upstreamFailed: number;
  readonly cancelled: number;
}

interface RunEnd {
  readonly totals: RunTotals;
  /** Time since the process that ended the run began or resumed it, by a monotonic clock; absent when no process executed it. */
  readonly durationMs?: Milliseconds;
}

/** Data of the lifecycle events by topic. This is the complete list of what a run can report. */
export interface LifecycleData {
  'run.started': {
    readonly pipeline: string;
    readonly planId: Digest;
    readonly file: string;
    readonly params: JsonObject;
    /** Number of tasks without hooks. */
    readonly tasks: number;
    readonly hooks?: Readonly<Record<TaskName, Hook>>;
    readonly owner: Owner;
    /** The run that this one retries. */
    readonly retryOf?: RunId;
    /** The parent run, and the task in it, for which this run works. */
    readonly parent?: RunId;
    readonly parentTask?: TaskName;
  };
  /** A later process resumed the run. */
  'run.resumed': { readonly owner: Owner };
  /** The run was asked to stop; attempts still running after the grace period are ended. */
  'run.stopping': WithReason<RunStopReason> & { readonly graceMs: Milliseconds };
  'run.succeeded': RunEnd;
  'run.failed': RunEnd & { readonly error?: TaskError };
  'run.cancelled': RunEnd & WithReason<RunStopReason>;
  'run.level.started': { readonly level: number; readonly tasks: number };
  'run.level.completed': { readonly level: number };
  'run.task.ready': { readonly key: Digest | null };
  'run.task.started': {
    readonly worker: number;
    readonly token: string;
    /** The child run, for a task that is a pipeline. */
    readonly childRunId?: RunId;
    /** For a task that waits for an event. */
    readonly wait?: WaitRecord;
  };
  'run.task.progress': { readonly done: number; readonly total: number | null };
  /** This attempt ended without success and another follows at `dueAt`. */
  'run.task.retrying': {
    readonly reason: AttemptReason;
    readonly error: TaskError;
    readonly delayMs: Milliseconds;
    readonly dueAt: Instant;
  };
  'run.task.succeeded': {
    readonly output: ResultRef;
    readonly durationMs: Milliseconds;
    readonly key: Digest | null;
    /** The stored result holds the value of a secret. */
    readonly holdsSecret?: true;
  };
  'run.task.cached': {
    readonly output: ResultRef;
    readonly fromRun: RunId;
    readonly key: Digest | null;
  };
  'run.task.failed': {
    readonly reason: 'failed' | 'crashed';
    readonly error: TaskError;
    readonly durationMs: Milliseconds;
  };
  'run.task.timed_out': { readonly error: TaskError; readonly durationMs: Milliseconds };
  'run.task.skipped': WithReason<TaskSkipReason>;
  'run.task.upstream_failed': { readonly because: readonly TaskName[] };
  'run.task.cancelled': WithReason<RunStopReason>;
  /** The number of elements of a mapped task is known. */
  'run.task.expanded': { readonly elements: number };
}

export type LifecycleTopic = keyof LifecycleData;
export type RunEvent = {
  readonly [T in LifecycleTopic]: Event<LifecycleData[T]> & {
    readonly topic: T;
    readonly runId: RunId;
  };
}[LifecycleTopic];

/** An event that a task publishes with `ctx.publish`, on a topic of its own; it is kept with the run. */
export type UserEvent = Event & { readonly runId: RunId };

/** An event among those of all runs of a state, and those that belong to none. */
export interface PlacedEvent {
  /** Place in their common order, from 1; places of removed events stay empty. */
  readonly position: number;
  readonly event: Event;
  /** The event came from a broker. */
  readonly isReceived?: true;
}

/** What a task waits for. A resumed wait has all but perhaps `until` from the one that it continues. */
export interface WaitRecord {
  /** Pattern of the topics. */
  readonly event: string;
  /** Position on the bus behind which events count. */
  readonly after: number;
  /** Instant at which the wait began. */
  readonly since: Instant;
  /** Instant at which it times out; null: it has no limit. */
  readonly until: Instant | null;
}

/** An event as the result of the task that waited for it, and as expressions of tasks and triggers see it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly topic: string;
  /** ISO 8601. */
  readonly time: string;
  readonly runId?: RunId;
  readonly task?: TaskName;
  /** Null when it was published without data. */
  readonly data: Json;
}

/** Returns an event of the bus as expressions see it. */
export function receivedEvent({ id, topic, time, runId, task, data }: Event): ReceivedEvent {
  return {
    id,
    topic,
    time: new Date(time).toISOString(),
    ...(runId === undefined ? {} : { runId }),
    ...(task === undefined ? {} : { task }),
    data: (data ?? null) as Json, // the cast is safe: the bus keeps data as JSON
  };
}

/** Every event that is on record for a run. */
export type RecordedEvent = RunEvent | UserEvent;

export function isLifecycle(event: RecordedEvent): event is RunEvent {
  return event.topic.startsWith('run.');
}
