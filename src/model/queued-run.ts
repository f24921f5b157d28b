/** Runs that were accepted and have not begun. */
import type { Instant, RunId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Selection } from './plan.ts';
import type { StartedBy } from './started-by.ts';

/** A run that a runner plans and begins. */
export interface QueuedRun {
  /** A run with this id is queued once. */
  readonly runId: RunId;
  readonly pipeline: string;
  /** Absolute path of the pipeline file. */
  readonly file: string;
  readonly params: JsonObject;
  /** Absent: the whole pipeline. */
  readonly selection?: Selection;
  /** Logical time. Absent: the time at which the run begins. */
  readonly at?: Instant;
  readonly startedBy: StartedBy;
  readonly queuedAt: Instant;
  /** Live runs begin before those of a backfill. */
  readonly priority: RunPriority;
  /** The run waits until each of its lanes has room. */
  readonly lanes?: readonly Lane[];
}

export type RunPriority = 'live' | 'backfill';

/** Limits how many runs go on at once, such as those of one trigger that must not overlap. Only runs that were queued have lanes. */
export interface Lane {
  readonly name: string;
  /** Most runs of the lane that have begun and not ended when this one begins. */
  readonly most: number;
}
