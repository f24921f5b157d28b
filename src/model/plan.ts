/** The DAG made ready. Plain data; nothing in it changes while it runs. */
import type { Diagnostic, Place } from './diagnostic.ts';
import type { Digest, RunId, Seconds, TaskName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { RunReads } from './pipeline.ts';
import type { CachedReason, RunReason, SkipReason } from './reason.ts';
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
  /** Absent: one machine does it all. */
  readonly shard?: Shard;
  /** In topological order: level by level, within a level by name. Hooks have the last levels to themselves. */
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

/** Which tasks of a pipeline a plan is about. Empty: everything. Names and tags add up; a task with any of the tags counts. */
export interface Selection {
  readonly names?: readonly TaskName[];
  readonly tags?: readonly string[];
  /** Leave out the upstreams: their stored results are used. */
  readonly only?: boolean;
  /** Of all that, only what falls to one of several machines. */
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
      /** Of a process of its own, relative to the pipeline's folder; absent: where dp was started. */
      readonly cwd?: string;
    }
  | {
      readonly is: 'shell';
      readonly command: string;
      readonly shell: Shell;
      readonly cwd: string;
    }
  | {
      readonly is: 'pipeline';
      readonly pipeline: string;
      /** Absolute. */
      readonly file: string;
      readonly planId: Digest;
      /** The task of that pipeline whose result this one gives. */
      readonly output?: TaskName;
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
  };
  /** Tasks whose outputs its expressions read; all among `dependsOn`, of which a hook has none. */
  readonly mentions: readonly TaskName[];
  /** Absent when its values read nothing of the run. */
  readonly reads?: RunReads;
  readonly at: Place;
  readonly decision: Decision;
  /** It runs when the others have ended, as its level says. */
  readonly hook?: Hook;
}

/** What the run will do with the task, and why. */
export type Decision =
  /** `forced`: even where a stored result would do. */
  | { readonly action: 'run'; readonly reason: RunReason; readonly forced?: true }
  | {
      readonly action: 'cached';
      readonly reason: CachedReason;
      readonly output: ResultRef;
      readonly fromRun: RunId;
    }
  | { readonly action: 'skip'; readonly reason: SkipReason };

export interface RequestedTask {
  readonly name: TaskName;
  readonly id: string;
  readonly codeHash: string;
  readonly level: number;
  readonly dependsOn: readonly Dependency[];
  /** Asked to run even where a stored result would do. */
  readonly forced?: true;
}

/** `all`: every task again. Else only what did not succeed, what changed, the tasks named, and all that follows these. */
export type Again = 'all' | ReadonlySet<TaskName>;

/** So many tasks, or a share of them between 0 and 1; one at least. */
export type Sample = { readonly tasks: number } | { readonly share: number };
