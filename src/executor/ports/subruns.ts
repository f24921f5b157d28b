/** The port to sub-runs: runs of other pipelines that do the work of tasks of this run. */
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ResultRef } from '../../model/result.ts';

export interface Subruns {
  /**
   * Starts the run, or resumes it when an earlier attempt left it unfinished; one that has succeeded is returned as it is.
   * Rejects with a Fault when its parameters are invalid, or when another process holds it.
   */
  begin(request: SubrunRequest): Promise<Subrun>;
}

export interface SubrunRequest {
  readonly runId: RunId;
  /** The task of this run whose work the sub-run does. */
  readonly task: TaskName;
  readonly params: JsonObject;
}

export interface Subrun {
  readonly ended: Promise<SubrunEnding>;
  /** Cancels the run as `RunHandle.cancel` does. */
  cancel(reason: string, how: 'drain' | 'kill'): void;
}

export type SubrunEnding =
  /** `output` is that of the requested task; undefined when it gave none. */
  | { readonly is: 'succeeded'; readonly output: ResultRef | undefined }
  | { readonly is: 'failed'; readonly message: string }
  | { readonly is: 'cancelled' };

/** The port for runs without such tasks. */
export const NO_SUBRUNS: Subruns = {
  begin: ({ task }) => Promise.reject(new Fault('DP9001', `task ${task} runs no pipeline`)),
};
