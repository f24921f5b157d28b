/** The history of earlier runs, in the form that the planner asks for. */
import { existsSync } from 'node:fs';
import { createFilesystemIo } from '../../io/filesystem.ts';
import type { IoManager } from '../../io/io-manager.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../model/ids.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import {
  NO_HISTORY,
  plan as makePlan,
  type History,
  type Planned,
  type PlanRequest,
  type StoredOutput,
} from '../../planner/planner.ts';
import type { RunStore } from '../../store/run-store.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import type { Loaded } from './load.ts';
import { type CallerContext, stateFolderFor } from '../project/caller-context.ts';
import type { State } from '../project/state.ts';

/** Plans, and plans again without each stored result that is gone or altered. */
export async function planVerified(
  history: OpenHistory,
  request: Omit<PlanRequest, 'history'>,
): Promise<Planned> {
  const sound = new Set<Digest>();
  const gone = new Set<Digest>();
  const cached = (key: Digest): StoredOutput | undefined =>
    gone.has(key) ? undefined : history.cached(key);
  for (;;) {
    const planned = history.snapshot(() =>
      makePlan({ ...request, history: { cached, last: (task) => history.last(task) } }),
    );
    const goneBefore = gone.size;
    for (const { key, decision } of planned.plan?.tasks ?? []) {
      if (key === null || decision.action !== 'cached' || sound.has(key)) continue;
      ((await history.io.has(decision.output)) ? sound : gone).add(key);
    }
    if (gone.size === goneBefore) return planned;
  }
}

export interface OpenHistory extends History, Disposable, Pick<RunStore, 'snapshot'> {
  readonly io: IoManager;
}

/** Opens the state read-only: planning works in a read-only project, and leaves no trace. */
export function openHistory(loaded: Loaded, read: boolean, caller: CallerContext): OpenHistory {
  const folder = stateFolderFor(loaded.root, caller);
  const io = createFilesystemIo({ root: folder });
  if (!read || !existsSync(folder)) return emptyHistory(io);
  const store = openSqliteStore({ folder, readOnly: true });
  return {
    ...historyIn({ store, io }, loaded.pipeline, caller.clock),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

/** Returns the history for a plan that reads no stored results. */
export function emptyHistory(io: IoManager): OpenHistory {
  return { ...NO_HISTORY, io, snapshot: (work) => work(), [Symbol.dispose]: () => undefined };
}

/** Returns the history in a state that is open already, and stays open. */
export function historyIn(
  { store, io }: Pick<State, 'store' | 'io'>,
  pipeline: Pipeline,
  clock: Clock,
): OpenHistory {
  return {
    io,
    cached: (key) => {
      const entry = store.cached(key, clock.now());
      return entry === undefined ? undefined : { output: entry.output, run: entry.run };
    },
    last: (task) => {
      const last = store.lastOutcome(pipeline.name, task);
      return last === undefined
        ? undefined
        : { output: last.output, run: last.runId, key: last.key };
    },
    snapshot: (work) => store.snapshot(work),
    [Symbol.dispose]: () => undefined,
  };
}
