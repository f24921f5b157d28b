/** What a program can ask of a project, of its plans and of its runs. */
import type { TypedBroker } from '../events/typed-broker.ts';
import type { Duration } from '../model/duration.ts';
import type { Instant, RunId, TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { Shard } from '../model/plan.ts';
import type { RunStatus } from '../model/run.ts';
import type { DefinedPipeline } from './pipeline.ts';

export interface ProjectOptions {
  /** The project's folder, which relative paths of pipelines start from. Absent: the project that the working directory belongs to. */
  readonly root?: string;
  /** Folder of the record and the results. Absent: `DP_STATE_DIR`, else `.dp` in the project. */
  readonly stateDir?: string;
  /** Greatest number of tasks at once, over all runs. Absent: `DP_JOBS`, else one for each core. */
  readonly jobs?: number;
  /** When records of runs are flushed to the disk: at the end of a run, or after every event. Default `run`. */
  readonly durability?: 'run' | 'task';
  /** Gets every event of every run, as it is recorded. The program closes it, after the project. */
  readonly broker?: Pick<TypedBroker, 'forward'>;
}

export interface PlanRequestOptions {
  /** Values of the pipeline's parameters. */
  readonly params?: JsonObject;
  /** Plans these tasks, and all that they need. Absent, with `tags` absent: all tasks. */
  readonly tasks?: readonly TaskName[];
  /** Plans the tasks with any of these tags, too. */
  readonly tags?: readonly string[];
  /** Leaves out what the selected tasks need: its stored results are used. */
  readonly only?: boolean;
  /** Tasks that run even if a stored result could be used; true: all. */
  readonly force?: true | readonly TaskName[];
  /** Logical time: the instant that the run works for, in milliseconds since the epoch. Absent: the time of the call. */
  readonly at?: Instant;
  /** One machine's share of the tasks. */
  readonly shard?: Shard;
  /** Whether the compiler checks every edge; `strict` also reports edges that it could not check. Default `on`. */
  readonly typecheck?: 'off' | 'on' | 'strict';
}

export interface RunRequestOptions {
  /** True when tasks wait until all earlier levels have ended. */
  readonly byLevel?: boolean;
  /** Whether tasks that do not depend on a failed one still start. Default `continue`. */
  readonly onFailure?: 'continue' | 'stop';
  /** Time that stopped work has to end by itself. Default 10 seconds. */
  readonly grace?: Duration;
  /** `off`: every task runs, and no result is offered for reuse. Default `on`. */
  readonly cache?: 'on' | 'off';
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal;
}

export interface StartRequestOptions extends RunRequestOptions {
  /** Id of the run. A run with this id begins once, whoever asks; a second request gets the run that began. Absent: a new id. */
  readonly runId?: RunId;
}

export interface ContinueOptions extends RunRequestOptions {
  /** The definition of the run's pipeline, for a run that another process began with one. */
  readonly pipeline?: DefinedPipeline;
}

export interface RepeatOptions extends ContinueOptions {
  /** Runs only what did not succeed, what has changed since, and everything that depends on these. Absent, with `from` absent: every task. */
  readonly failed?: boolean;
  /** The same, and these tasks with everything that depends on them. */
  readonly from?: readonly TaskName[];
}

export interface RunListOptions {
  readonly pipeline?: string;
  readonly status?: RunStatus;
  /** Id of a run: only runs that began before it. */
  readonly before?: RunId;
}

/** A run that ended stays if either limit keeps it. Both absent: 30 days and 100 runs. */
export interface RetentionOptions {
  readonly keep?: Duration;
  readonly keepRuns?: number;
  /** Tells what would be removed, and removes nothing. */
  readonly dryRun?: boolean;
}
