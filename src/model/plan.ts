/** The DAG, ready to execute. It is plain data and does not change during a run. */
import type { Diagnostic, Place } from './diagnostic.ts';
import type { Digest, RunId, Seconds, TaskName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { ElementReads, ValueReads } from './pipeline.ts';
import type { CachedReason, RunReason } from './reason.ts';
import type { SkipReason } from './recorded-reason.ts';
import type { ResultRef } from './result.ts';
import type { Shell } from './shell.ts';
import type { Hook } from './task.ts';
import type { TaskSettings } from './settings.ts';

export interface Plan {
  readonly planId: Digest;
  readonly pipeline: string;
  readonly file: string;
  /** Folder of the pipeline file: where shell tasks start and modules are found. */
  readonly folder: string;
  /** Resolved values of the pipeline's parameters. */
  readonly params: JsonObject;
  readonly env: readonly string[];
  readonly pools: ReadonlyMap<string, number>;
  readonly timeout: Seconds | null;
  /** Absent: one machine runs everything. */
  readonly shard?: Shard;
  /** Tasks in topological order: level by level, within a level by name. Hooks have the last levels to themselves. */
  readonly tasks: readonly PlannedTask[];
  readonly levels: readonly (readonly TaskName[])[];
  /** Outputs of tasks outside the selection that feed tasks inside it. */
  readonly given: ReadonlyMap<TaskName, { readonly output: ResultRef; readonly fromRun: RunId }>;
  readonly warnings: readonly Diagnostic[];
}

/** One machine's share of the selected tasks; `index` counts from 1 to `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The tasks of a pipeline that a plan covers. Empty: all. Names and tags add up; a task with any of the tags counts. */
export interface Selection {
  readonly names?: readonly TaskName[];
  readonly tags?: readonly string[];
  /** Leaves out the upstream tasks: their stored results are used. */
  readonly only?: boolean;
  /** Keeps only the selected tasks that one of several machines is to run. */
  readonly shard?: Shard;
}

export interface Dependency {
  readonly task: TaskName;
  readonly kind: 'data' | 'control';
  /** The parameter that receives the output; with `data` only. */
  readonly parameter?: string;
}

export type Work =
  | {
      readonly is: 'function';
      readonly module: string;
      readonly task: TaskName;
      /** Working folder of a function in its own process, relative to the pipeline's folder; absent: where dp was started. */
      readonly cwd?: string;
    }
  | {
      readonly is: 'shell';
      readonly command: string;
      readonly shell: Shell;
      readonly cwd: string;
      /** Paths and globs of the files that it makes, relative to the pipeline's folder; absent when it names none. */
      readonly outputs?: readonly string[];
    }
  | {
      readonly is: 'pipeline';
      readonly pipeline: string;
      /** Absolute path. */
      readonly file: string;
      readonly planId: Digest;
      /** The task of that pipeline whose result becomes this task's result. */
      readonly output?: TaskName;
    }
  | {
      readonly is: 'wait';
      /** Pattern of the topics. */
      readonly event: string;
      /** CEL source of the condition that the event has to meet. */
      readonly when?: string;
      /** Time limit of the whole wait; null: none. */
      readonly timeout: Seconds | null;
    };

export interface PlannedTask {
  readonly name: TaskName;
  readonly id: Digest;
  /** Null while an input's digest is not known yet. */
  readonly key: Digest | null;
  readonly level: number;
  readonly dependsOn: readonly Dependency[];
  readonly tags: readonly string[];
  readonly work: Work;
  readonly codeHash: Digest;
  readonly settings: TaskSettings;
  /** Values with `${…}` still inside; evaluated when the task is ready. */
  readonly with: Readonly<Record<string, Json>>;
  readonly when?: string;
  readonly map?: {
    readonly over: string;
    readonly as: string;
    readonly maxParallel: number | null;
    /** What single elements depend on; absent in what a program plans without a file. */
    readonly reads?: ElementReads;
    /** The id of the task without its list. */
    readonly elementId?: Digest;
  };
  /** Tasks whose outputs its expressions read; all among `dependsOn`, of which a hook has none. */
  readonly mentions: readonly TaskName[];
  /** Absent when its values read nothing. */
  readonly reads?: ValueReads;
  readonly at: Place;
  readonly decision: Decision;
  /** Kind of hook; a hook runs when all other tasks have ended, as its level says. */
  readonly hook?: Hook;
}

/** The action that the run will take for the task, and the reason. */
export type Decision =
  /** `forced`: the task runs even if a stored result could be used. */
  | { readonly action: 'run'; readonly reason: RunReason; readonly forced?: true }
  | {
      readonly action: 'cached';
      readonly reason: CachedReason;
      readonly output: ResultRef;
      readonly fromRun: RunId;
      /** Whether the run looks the result up again: once a task of it has begun, as the result depends on more than its key; or always, as it has files. */
      readonly lookAgain?: 'later' | 'always';
    }
  | { readonly action: 'skip'; readonly reason: SkipReason };

export interface RequestedTask {
  readonly name: TaskName;
  readonly id: string;
  readonly codeHash: string;
  readonly level: number;
  readonly dependsOn: readonly Dependency[];
  /** The task runs even if a stored result could be used. */
  readonly forced?: true;
}

/** `all`: every task again. A set: only what did not succeed, what changed, the named tasks, and everything downstream of these. */
export type Again = 'all' | ReadonlySet<TaskName>;

/** Number of tasks, or a share of them between 0 and 1; at least one. */
export type Sample = { readonly tasks: number } | { readonly share: number };
