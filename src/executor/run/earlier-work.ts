import type { Digest, TaskName } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';

export interface EarlierWork {
  readonly outputs: ReadonlyMap<TaskName, ResultRef>;
  /** Those of them that a result of another run stood in for. */
  readonly reused: ReadonlySet<TaskName>;
  /** By unit name. */
  readonly attempts: ReadonlyMap<string, number>;
  /** Of mapped tasks that were not finished: the elements that were, by index, as long as the task has the same key. */
  readonly elements: ReadonlyMap<TaskName, KeptElements>;
}

export interface KeptElements {
  readonly key: Digest | null;
  readonly outputs: ReadonlyMap<number, ResultRef>;
}
