/** The state folder, opened: the record of the runs and their results. */
import { createFilesystemIo } from '../io/filesystem.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { RecordedEvent } from '../model/event.ts';
import type { RunId } from '../model/ids.ts';
import type { RunStore } from '../store/run-store.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { type Place, stateFolderFor } from './place.ts';

/** What runs leave behind, opened. */
export interface State extends Disposable {
  readonly folder: string;
  readonly store: RunStore;
  readonly io: IoManager;
}

export function openState(
  root: string,
  place: Place,
  options: { readonly readOnly: boolean; readonly durability?: 'run' | 'task' },
): State {
  const folder = stateFolderFor(root, place);
  const store = openSqliteStore({ folder, ...options });
  return {
    folder,
    store,
    io: createFilesystemIo({ root: folder }),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

export function* recordedEvents({ store }: State, runId: RunId): Generator<RecordedEvent> {
  for (const { event } of store.read(runId)) yield event;
}
