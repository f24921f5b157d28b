/** The port to runs of other pipelines, which do the work of tasks of this one. */
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ResultRef } from '../../model/result.ts';

export interface Subruns {
  /**
   * Begins the run, or goes on with it when an earlier attempt left it unfinished; one that has succeeded is taken as it is.
   * Rejects with a Fault when its parameters do not fit, or a process holds it.
   */
  begin(request: SubrunRequest): Promise<Subrun>;
}

export interface SubrunRequest {
  readonly runId: RunId;
  /** The task of this run that it works for. */
  readonly task: TaskName;
  readonly params: JsonObject;
}

export interface Subrun {
  readonly ended: Promise<SubrunEnding>;
  /** As of any run. */
  cancel(reason: string, how: 'drain' | 'kill'): void;
}

export type SubrunEnding =
  /** `output`: of the task that was asked for; nothing when that gave none. */
  | { readonly is: 'succeeded'; readonly output: ResultRef | undefined }
  | { readonly is: 'failed'; readonly message: string }
  | { readonly is: 'cancelled' };

/** For runs that have no such tasks. */
export const NO_SUBRUNS: Subruns = {
  begin: ({ task }) => Promise.reject(new Fault('DP9001', `task ${task} runs no pipeline`)),
};
