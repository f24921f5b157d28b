/** The state directory, opened: the record of the runs and their results. */
import { createFilesystemIo } from '../../io/filesystem.ts';
import type { IoManager } from '../../io/io-manager.ts';
import type { RecordedEvent } from '../../model/event.ts';
import type { RunId } from '../../model/ids.ts';
import type { RunStore } from '../../store/run-store.ts';
import { damagedRun } from '../../store/damage.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { type CallerContext, stateFolderFor } from './caller-context.ts';
import { Fault } from '../../model/fault.ts';
import { decodeRequest, type RunRequest } from '../../executor/run/run-request.ts';

/** The record of runs and their results, opened. */
export interface State extends Disposable {
  readonly folder: string;
  readonly store: RunStore;
  readonly io: IoManager;
}

export function openState(
  root: string,
  caller: CallerContext,
  options: { readonly readOnly: boolean; readonly durability?: 'run' | 'task' },
): State {
  const folder = stateFolderFor(root, caller);
  const store = openSqliteStore({ folder, ...options });
  return {
    folder,
    store,
    io: createFilesystemIo({ root: folder }),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

export function* recordedEvents(
  { store }: Pick<State, 'store'>,
  runId: RunId,
): Generator<RecordedEvent> {
  for (const { event } of store.read(runId)) yield event;
}

/** Returns what the run was asked to do, its tasks in the order of the plan: level by level. Throws DP2007 or DP8004. */
export function requestOf({ store }: Pick<State, 'store'>, runId: RunId): RunRequest {
  const bytes = store.request(runId);
  if (bytes === undefined) throw new Fault('DP2007', `there is no run "${runId}"`);
  const request = decodeRequest(bytes);
  if (request === undefined) throw damagedRun(runId, 'its request cannot be read');
  return request;
}
