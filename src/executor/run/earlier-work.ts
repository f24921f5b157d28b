/** The work of a run that its earlier holders finished. */
import type { Digest, RunId, TaskName } from '../../model/ids.ts';
import type { WaitRecord } from '../../model/event.ts';
import type { ResultRef } from '../../model/result.ts';

export interface EarlierWork {
  readonly outputs: ReadonlyMap<TaskName, ResultRef>;
  /** Tasks among them whose result was reused from another run. */
  readonly reused: ReadonlySet<TaskName>;
  /** Number of attempts that have begun, by unit name. */
  readonly attempts: ReadonlyMap<string, number>;
  /** Finished elements of unfinished mapped tasks; they are kept as long as the task has the same key. */
  readonly elements: ReadonlyMap<TaskName, KeptElements>;
  /** Waits for events that were begun. */
  readonly waits: ReadonlyMap<TaskName, EarlierWait>;
}

/** `until` is absent when the wait had ended, so that its time limit begins anew. */
export type EarlierWait = Pick<WaitRecord, 'after' | 'since'> & Partial<Pick<WaitRecord, 'until'>>;

export interface KeptElements {
  readonly key: Digest | null;
  readonly outputs: ReadonlyMap<number, ResultRef>;
}

/** Elements kept from the run that this one retries: those of mapped tasks that did not succeed as a whole. */
export interface RetriedElements {
  readonly run: RunId;
  readonly elements: EarlierWork['elements'];
}

/** Returns the outputs of the elements that are kept; undefined when the key of the task has changed. */
export function standingElements(
  earlier: Pick<EarlierWork, 'elements'> | undefined,
  task: TaskName,
  key: Digest | null,
): KeptElements['outputs'] | undefined {
  const kept = earlier?.elements.get(task);
  return kept?.key === key ? kept?.outputs : undefined;
}

/** Returns the recorded status of a task that an earlier holder of the run finished; undefined when none did. */
export function keptStatus(
  earlier: EarlierWork | undefined,
  task: TaskName,
): 'succeeded' | 'cached' | undefined {
  if (earlier?.outputs.has(task) !== true) return undefined;
  return earlier.reused.has(task) ? 'cached' : 'succeeded';
}
