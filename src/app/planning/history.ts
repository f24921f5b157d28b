/** The history of earlier runs, in the form that the planner asks for. */
import { existsSync } from 'node:fs';
import { createFilesystemIo } from '../../io/filesystem.ts';
import type { IoManager } from '../../io/io-manager.ts';
import { changedInputs, type InputGround } from '../../io/task-inputs.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../model/ids.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { ResultRef } from '../../model/result.ts';
import {
  plan as makePlan,
  type History,
  type Planned,
  type PlanRequest,
} from '../../planner/planner.ts';
import type { CacheEntry, RunStore } from '../../store/run-store.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import type { Loaded } from './load.ts';
import { type CallerContext, stateFolderFor } from '../project/caller-context.ts';
import type { State } from '../project/state.ts';

/** Plans, and plans again without each stored result that is gone or altered. `env` is the complete environment of the tasks. */
export async function planVerified(
  history: OpenHistory,
  request: Omit<PlanRequest, 'history'>,
  ground: InputGround,
): Promise<Planned> {
  const sound = new Set<ResultRef>();
  const gone = new Set<ResultRef>();
  const inputs = { ...ground, looked: new Map() };
  const changesOf = memoized((entry: CacheEntry) => changedInputs(entry.notes ?? [], inputs));
  const entriesOf = memoized((key: Digest) => history.entries(key));
  const past: History = {
    cached: (key) => {
      const usable = entriesOf(key).find(
        (entry) => !gone.has(entry.output) && changesOf(entry).length === 0,
      );
      if (usable === undefined) return undefined;
      const { output, run, notes, outputs } = usable;
      if (outputs !== undefined) return { output, run, lookAgain: 'always' };
      return { output, run, ...(notes && { lookAgain: 'later' }) };
    },
    outdated: (key) => {
      const there = entriesOf(key).filter((entry) => !gone.has(entry.output));
      // The nearest one says least: inputs may be on their way back to how they once were.
      const [nearest] = there.toSorted((a, b) => changesOf(a).length - changesOf(b).length);
      return nearest && { run: nearest.run, changes: changesOf(nearest) };
    },
    last: (task) => history.last(task),
  };
  for (;;) {
    const planned = history.snapshot(() => makePlan({ ...request, history: past }));
    const goneBefore = gone.size;
    for (const { decision } of planned.plan?.tasks ?? []) {
      if (decision.action !== 'cached' || sound.has(decision.output)) continue;
      ((await history.io.has(decision.output)) ? sound : gone).add(decision.output);
    }
    if (gone.size === goneBefore) return planned;
  }
}

function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) made.set(key, (value = make(key)));
    return value;
  };
}

export interface OpenHistory extends Pick<History, 'last'>, Disposable, Pick<RunStore, 'snapshot'> {
  readonly io: IoManager;
  /** The state directory. */
  readonly folder: string;
  /** Returns the stored results of the key, newest first. */
  entries(key: Digest): readonly CacheEntry[];
}

/** Opens the state read-only: planning works in a read-only project, and leaves no trace. */
export function openHistory(loaded: Loaded, read: boolean, caller: CallerContext): OpenHistory {
  const folder = stateFolderFor(loaded.root, caller);
  const io = createFilesystemIo({ root: folder });
  if (!read || !existsSync(folder)) return emptyHistory({ io, folder });
  const store = openSqliteStore({ folder, readOnly: true });
  return {
    ...historyIn({ store, io, folder }, loaded.pipeline, caller.clock),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

/** Returns the history for a plan that reads no stored results. */
export function emptyHistory({ io, folder }: Pick<State, 'io' | 'folder'>): OpenHistory {
  return {
    io,
    folder,
    entries: () => [],
    last: () => undefined,
    snapshot: (work) => work(),
    [Symbol.dispose]: () => undefined,
  };
}

/** Returns the history in a state that is open already, and stays open. */
export function historyIn(
  { store, io, folder }: Pick<State, 'store' | 'io' | 'folder'>,
  pipeline: Pipeline,
  clock: Clock,
): OpenHistory {
  return {
    io,
    folder,
    entries: (key) => store.cached(key, clock.now()),
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
