/** A run as its events describe it. `foldRun` is the only way to compute its state; nothing else keeps one. */
import { isKnownTopic } from './event-shape.ts';
import {
  isLifecycle,
  type AttemptReason,
  type RecordedEvent,
  type RunEvent,
  type TaskError,
  type WaitRecord,
} from './event.ts';
import type { Digest, Instant, Milliseconds, RunId, TaskName } from './ids.ts';
import type { StartedBy } from './started-by.ts';
import { reasonIn, type ReasonGiven } from './recorded-reason.ts';
import type { ResultRef } from './result.ts';
import type { Hook } from './task.ts';

export const TASK_STATES = [
  'pending',
  'ready',
  'running',
  'retrying',
  'succeeded',
  'cached',
  'failed',
  'skipped',
  'upstream_failed',
  'cancelled',
  'timed_out',
] as const;
export type TaskStatus = (typeof TASK_STATES)[number];
export const RUN_STATES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'crashed',
] as const;
export type RunStatus = (typeof RUN_STATES)[number];

export interface TaskRecord {
  status: TaskStatus;
  /** Number of attempts begun. */
  attempts: number;
  startedAt?: Instant;
  finishedAt?: Instant;
  /** Duration of the last attempt. */
  durationMs?: Milliseconds;
  error?: TaskError;
  /** Reason for which the last attempt did not succeed. */
  reason?: AttemptReason;
  /** Reason for which the task was skipped, not reached or cancelled; takes the place of `reason`. */
  why?: ReasonGiven;
  output?: ResultRef;
  /** Progress of the last attempt. */
  progress?: { done: number; total: number | null };
  /** The child run, for a task that is a pipeline. */
  childRunId?: RunId;
  /** What the task waits for. */
  wait?: WaitRecord;
  /** Cache key when the task was last ready: with another key its elements are different work. */
  key?: Digest | null;
  /** Elements of a mapped task, by index. */
  elements?: TaskRecord[];
}

export interface RunRecord {
  runId: RunId;
  planId: string;
  pipeline: string;
  file: string;
  /** The run that this one retries. */
  retryOf?: RunId;
  /** The parent run, and the task in it, for which this run works. */
  parent?: RunId;
  parentTask?: TaskName;
  imported?: ImportOrigin;
  /** Who asked for the run; absent in what an older dp wrote. */
  startedBy?: StartedBy;
  status: RunStatus;
  /** Time at which the run was accepted, when it did not begin at once. */
  queuedAt?: Instant;
  /** Null until the run begins; the plan id is empty as long. */
  startedAt: Instant | null;
  /** Time at which a process last resumed the run. */
  resumedAt?: Instant;
  finishedAt?: Instant;
  /** Time from beginning to end, independent of clock changes; absent in what an older dp wrote. */
  durationMs?: Milliseconds;
  error?: TaskError;
  /** The records of all tasks, hooks included. */
  tasks: Map<TaskName, TaskRecord>;
  /** The tasks that are hooks. */
  hooks: ReadonlyMap<TaskName, Hook>;
}

/** One line of `dp runs`. */
export interface RunSummary {
  readonly runId: RunId;
  readonly pipeline: string;
  readonly planId: string;
  readonly file: string;
  readonly status: RunStatus;
  /** See `RunRecord`, as for the next fields. */
  readonly startedBy?: StartedBy;
  readonly queuedAt?: Instant;
  readonly startedAt: Instant | null;
  readonly finishedAt?: Instant;
  readonly durationMs?: Milliseconds;
  /** The parent run for which this run works. */
  readonly parent?: RunId;
  readonly imported?: ImportOrigin;
}

/** Origin of a run that was imported from another state. */
export interface ImportOrigin {
  readonly at: Instant;
  /** Host that executed it, according to the archive; undefined when it died before it began. */
  readonly host?: string;
}

/** Returns how long an ended run took; undefined before. */
export const tookOf = ({
  startedAt,
  finishedAt,
  durationMs,
}: Pick<RunSummary, 'startedAt' | 'finishedAt' | 'durationMs'>): Milliseconds | undefined =>
  durationMs ??
  (finishedAt === undefined || startedAt === null ? undefined : finishedAt - startedAt);

export const isFinished = (status: TaskStatus): boolean =>
  status === 'succeeded' ||
  status === 'cached' ||
  status === 'failed' ||
  status === 'skipped' ||
  status === 'upstream_failed' ||
  status === 'cancelled' ||
  status === 'timed_out';

export const hasResult = ({ status }: Pick<TaskRecord, 'status'>): boolean =>
  status === 'succeeded' || status === 'cached';

export function emptyRun(runId: RunId): RunRecord {
  return {
    runId,
    planId: '',
    pipeline: '',
    file: '',
    status: 'queued',
    startedAt: null,
    tasks: new Map(),
    hooks: new Map(),
  };
}

/** Returns the run after `events`, in the order they were stored. */
export function foldRun(runId: RunId, events: Iterable<RecordedEvent>): RunRecord {
  const run = emptyRun(runId);
  for (const event of events) applyEvent(run, event);
  return run;
}

/** Applies one event to `run`, in place: live views apply events as they arrive. */
export function applyEvent(run: RunRecord, event: RecordedEvent): void {
  if (!isLifecycle(event)) return;
  switch (event.topic) {
    case 'run.started':
      run.planId = event.data.planId;
      run.pipeline = event.data.pipeline;
      run.file = event.data.file;
      run.startedAt = event.time;
      run.status = 'running';
      run.hooks = new Map(Object.entries(event.data.hooks ?? {}));
      if (event.data.retryOf !== undefined) run.retryOf = event.data.retryOf;
      if (event.data.parent !== undefined) run.parent = event.data.parent;
      if (event.data.parentTask !== undefined) run.parentTask = event.data.parentTask;
      return;
    case 'run.resumed':
      run.status = 'running';
      run.resumedAt = event.time;
      delete run.finishedAt;
      delete run.durationMs;
      delete run.error;
      return;
    case 'run.succeeded':
    case 'run.failed':
    case 'run.cancelled':
      run.status =
        event.topic === 'run.succeeded'
          ? 'succeeded'
          : event.topic === 'run.failed'
            ? 'failed'
            : 'cancelled';
      run.finishedAt = event.time;
      if (event.data.durationMs !== undefined && run.startedAt !== null)
        run.durationMs = (run.resumedAt ?? run.startedAt) - run.startedAt + event.data.durationMs;
      if (event.topic === 'run.failed' && event.data.error !== undefined)
        run.error = event.data.error;
      return;
    case 'run.stopping':
    case 'run.level.started':
    case 'run.level.completed':
      return;
    default:
      if (isKnownTopic(event.topic)) applyTaskEvent(recordOf(run, event), event);
  }
}

type TaskEvent = Extract<RunEvent, { topic: `run.task.${string}` }>;

function applyTaskEvent(task: TaskRecord, event: TaskEvent): void {
  switch (event.topic) {
    case 'run.task.ready':
      if (task.key !== event.data.key) for (const element of task.elements ?? []) forget(element);
      task.key = event.data.key;
      task.status = 'ready';
      return;
    case 'run.task.started':
      task.status = 'running';
      task.attempts = event.attempt ?? task.attempts + 1;
      task.startedAt ??= event.time;
      if (event.data.childRunId !== undefined) task.childRunId = event.data.childRunId;
      if (event.data.wait !== undefined) task.wait = event.data.wait;
      delete task.finishedAt;
      delete task.progress;
      return;
    case 'run.task.expanded':
      // A resumed run expands the task anew: elements that have a result stay, and attempts are counted on.
      task.elements = Array.from({ length: event.data.elements }, (_, number) => {
        const element = task.elements?.[number] ?? { status: 'pending', attempts: 0 };
        if (!hasResult(element)) forget(element);
        return element;
      });
      task.status = 'running';
      task.startedAt ??= event.time;
      return;
    case 'run.task.progress':
      task.progress = event.data;
      return;
    case 'run.task.retrying':
      task.status = 'retrying';
      defeated(task, event.data.reason);
      task.error = event.data.error;
      return;
    case 'run.task.succeeded':
      task.status = 'succeeded';
      task.output = event.data.output;
      task.durationMs = event.data.durationMs;
      forgetReason(task);
      delete task.error;
      break;
    case 'run.task.cached':
      task.status = 'cached';
      task.output = event.data.output;
      forgetReason(task);
      delete task.error;
      break;
    case 'run.task.failed':
      task.status = 'failed';
      delete task.output;
      defeated(task, event.data.reason);
      task.error = event.data.error;
      task.durationMs = event.data.durationMs;
      break;
    case 'run.task.timed_out':
      task.status = 'timed_out';
      delete task.output;
      defeated(task, 'timed_out');
      task.error = event.data.error;
      task.durationMs = event.data.durationMs;
      break;
    case 'run.task.skipped':
      task.status = 'skipped';
      delete task.output;
      leftOut(task, reasonIn(event.data));
      delete task.error;
      break;
    case 'run.task.upstream_failed':
      task.status = 'upstream_failed';
      delete task.output;
      leftOut(task, { is: 'upstream_failed', because: event.data.because });
      delete task.error;
      break;
    case 'run.task.cancelled':
      task.status = 'cancelled';
      delete task.output;
      leftOut(task, reasonIn(event.data));
      break;
  }
  task.finishedAt = event.time;
}

function defeated(task: TaskRecord, reason: AttemptReason): void {
  delete task.why;
  task.reason = reason;
}

function leftOut(task: TaskRecord, why: ReasonGiven): void {
  delete task.reason;
  task.why = why;
}

function forgetReason(task: TaskRecord): void {
  delete task.reason;
  delete task.why;
}

/** Forgets everything except how often the element was tried. */
function forget(element: TaskRecord): void {
  const { attempts } = element;
  for (const key of Object.keys(element) as (keyof TaskRecord)[]) delete element[key];
  Object.assign(element, { status: 'pending', attempts });
}

function recordOf(run: RunRecord, event: TaskEvent): TaskRecord {
  const name = event.task ?? '';
  let task = run.tasks.get(name);
  if (task === undefined) run.tasks.set(name, (task = { status: 'pending', attempts: 0 }));
  if (event.element === undefined) return task;
  task.elements ??= [];
  return (task.elements[event.element] ??= { status: 'pending', attempts: 0 });
}

export const hasEnded = (status: RunStatus): boolean => status !== 'queued' && status !== 'running';

export interface RunEnding {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly timedOut: boolean;
  /** A hook failed that is not `fail_safe`. */
  readonly hookFailed: boolean;
}
