/** The state comes in; the holders of each pool's slots, and the runs that wait for one, go out. */
import type { RunId, TaskName } from '../../model/ids.ts';
import type { State } from '../project/state.ts';

export interface PoolUse {
  readonly pool: string;
  readonly held: readonly (PoolUser & { readonly unit: TaskName })[];
  readonly waiting: readonly PoolUser[];
}

export interface PoolUser {
  readonly runId: RunId;
  readonly pipeline: string;
}

/** Leaves out pools that no run uses or waits for. */
export function poolUses({ store }: Pick<State, 'store'>): readonly PoolUse[] {
  const userOf = (runId: RunId): PoolUser => ({
    runId,
    pipeline: store.get(runId)?.pipeline ?? '',
  });
  const held = Map.groupBy(store.slots.held(), ({ pool }) => pool);
  const waiting = Map.groupBy(store.slots.waiting(), ({ pool }) => pool);
  return [...new Set([...held.keys(), ...waiting.keys()])].map((pool) => ({
    pool,
    held: (held.get(pool) ?? []).map(({ run, unit }) => ({ ...userOf(run), unit })),
    waiting: (waiting.get(pool) ?? []).map(({ run }) => userOf(run)),
  }));
}
