/** What an earlier holder of a run finished of it. */
import type { Digest, RunId, TaskName } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';

export interface EarlierWork {
  readonly outputs: ReadonlyMap<TaskName, ResultRef>;
  /** Those of them that a result of another run stood in for. */
  readonly reused: ReadonlySet<TaskName>;
  /** How many attempts have begun, by unit name. */
  readonly attempts: ReadonlyMap<string, number>;
  /** The finished elements of mapped tasks that were not finished; they stand as long as the task has the same key. */
  readonly elements: ReadonlyMap<TaskName, KeptElements>;
}

export interface KeptElements {
  readonly key: Digest | null;
  readonly outputs: ReadonlyMap<number, ResultRef>;
}

/** What stands of the run that this one does over: elements of mapped tasks that did not succeed as a whole. */
export interface RetriedElements {
  readonly run: RunId;
  readonly elements: EarlierWork['elements'];
}

/** The outputs of elements that stand; none when the task is other work now. */
export function standingElements(
  earlier: Pick<EarlierWork, 'elements'> | undefined,
  task: TaskName,
  key: Digest | null,
): KeptElements['outputs'] | undefined {
  const kept = earlier?.elements.get(task);
  return kept?.key === key ? kept?.outputs : undefined;
}

/** What is on record of a task that an earlier holder of the run finished; undefined when none did. */
export function keptStatus(
  earlier: EarlierWork | undefined,
  task: TaskName,
): 'succeeded' | 'cached' | undefined {
  if (earlier?.outputs.has(task) !== true) return undefined;
  return earlier.reused.has(task) ? 'cached' : 'succeeded';
}
