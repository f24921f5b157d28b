/** Results of removed runs that a kept run or cache entry still points to. */
import type { StoredRef } from '../../io/io-manager.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';

/** The tasks whose results are needed, by run. */
export type NeededResults = ReadonlyMap<RunId, ReadonlySet<TaskName>>;

/** `stays` tells whether a run keeps its whole folder; its results are not listed then. */
export function neededResults(
  outputs: Iterable<ResultRef>,
  stays: (run: RunId) => boolean,
): NeededResults {
  const needed = new Map<RunId, Set<TaskName>>();
  for (const output of outputs) {
    for (const { run, task } of addressesIn(output)) {
      if (stays(run)) continue;
      const tasks = needed.get(run);
      if (tasks === undefined) needed.set(run, new Set([task]));
      else tasks.add(task);
    }
  }
  return needed;
}

/** Yields every stored result that a reference names, however deeply its lists are nested. */
export function* addressesIn(ref: ResultRef): Generator<StoredRef> {
  const left = [ref];
  for (const next of left) {
    if (next.is === 'list') for (const item of next.items) left.push(item);
    else if (next.is !== 'void') yield next;
  }
}
