import type { RunId } from '../../model/ids.ts';
import { ignoreDamage } from '../../store/damage.ts';
import type { RunStore } from '../../store/run-store.ts';

/** Returns the runs that came from the queue and whose process is gone. Those begun by hand are for a person to resume. */
export function crashedRuns(store: Pick<RunStore, 'list'>): readonly RunId[] {
  return store
    .list({ status: 'crashed', isOwn: true, hearDamage: ignoreDamage })
    .filter(({ queuedAt }) => queuedAt !== undefined)
    .map(({ runId }) => runId);
}
