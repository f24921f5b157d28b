import type { RunId } from '../../model/ids.ts';
import type { RunSummary } from '../../model/run.ts';
import { ignoreDamage } from '../../store/damage.ts';
import type { RunStore } from '../../store/run-store.ts';

/**
 * Yields runs that were recorded after the known ones, newest first: earlier decisions did not take them into account.
 * It costs one look-up when there are none.
 */
export function* newerRuns(
  store: RunStore,
  isKnown: (run: RunId) => boolean,
): Generator<RunSummary> {
  const [newest] = store.list({ limit: 1, hearDamage: ignoreDamage });
  if (newest === undefined || isKnown(newest.runId)) return;
  for (const run of store.list({ hearDamage: ignoreDamage })) {
    if (isKnown(run.runId)) return;
    yield run;
  }
}
