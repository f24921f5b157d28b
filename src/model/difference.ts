/** The differences between two plans or runs, as plain data: why a task runs again. */
import type { Digest, Milliseconds, RunId, TaskName } from './ids.ts';
import type { Json } from './json.ts';
import type { Decision } from './plan.ts';
import type { PastReason, Reason, WhyNote } from './reason.ts';
import type { RunRecord, TaskStatus } from './run.ts';

const DIFFERENCE_PARTS = [
  'task',
  'definition',
  'edge',
  'file',
  'stat',
  'presence',
  'link',
  'folder',
  'lock_file',
  'compile_options',
  'code',
  'param',
  'env',
  'node',
  'upstream',
  'input',
] as const;

/**
 * One part of a key that has changed. A side is absent when it did not have the part.
 * `file`, `stat`, `folder` and `input` carry digests, `param` and `definition` carry values, `env` carries only the name, `presence` whether it is there.
 */
export interface Difference {
  readonly part: (typeof DIFFERENCE_PARTS)[number];
  /** Name of the file, parameter, variable, upstream task or key of the definition. */
  readonly name: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** The reasons for the plan's decision about a task. */
export interface TaskWhy {
  readonly task: TaskName;
  /** Null while an input is not known yet. */
  readonly key: Digest | null;
  readonly action: Decision['action'];
  readonly reason: Reason | PastReason;
  /** The run it is compared with; absent when no run has an outcome of the task. */
  readonly against?: RunId;
  readonly differences: readonly Difference[];
  /** Upstream tasks that run first and whose results the task sees: the reasons why they run apply to it. */
  readonly waitsFor: readonly TaskName[];
  readonly notes: readonly WhyNote[];
}

export interface RunDiff {
  /** Differences in parameters, environment, Node and files. */
  readonly differences: readonly Difference[];
  /** Every task of either run, in the order of the second. */
  readonly tasks: readonly TaskDiff[];
  readonly notes: readonly WhyNote[];
}

export interface TaskDiff {
  readonly task: TaskName;
  /** Differences in the definition, including all settings; in the code only where no files were kept. */
  readonly differences: readonly Difference[];
  /** Null: the task was not part of that run. */
  readonly before: TaskEnding | null;
  readonly after: TaskEnding | null;
}

export interface TaskEnding {
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly durationMs: Milliseconds | null;
  /** Digest of the task's result; null when it gave none. */
  readonly output: Digest | null;
}

export interface ComparedRuns extends RunDiff {
  readonly before: RunRecord;
  readonly after: RunRecord;
}

/** Returns whether the task ended the same way in both runs, apart from the time it took. */
export function hasSameEnding({ before, after }: TaskDiff): boolean {
  return (
    before?.status === after?.status &&
    before?.attempts === after?.attempts &&
    before?.output === after?.output
  );
}

/** The parts of a plan id or a cache key: name of the part → its content, as JSON text or a digest. */
export type KeyRows = ReadonlyMap<string, string>;

/** One key, or two compared. */
export interface ComparedKeys {
  readonly a: KeyRows;
  readonly b?: KeyRows;
  /** The names of all parts, those of `a` first. */
  readonly names: readonly string[];
  /** The names of the parts that differ; empty when there is no `b`. */
  readonly differing: ReadonlySet<string>;
  /** The first part that differs and explains why; null when none does. */
  readonly first: string | null;
}
