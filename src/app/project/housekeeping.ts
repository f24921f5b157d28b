/** The state directory, opened for housekeeping: the whole record, and what the runs have stored. */
import { existsSync } from 'node:fs';
import { createFilesystemIo } from '../../io/filesystem.ts';
import { Incoming } from '../../io/incoming.ts';
import type { IoManager } from '../../io/io-manager.ts';
import { RunFolders } from '../../io/run-folders.ts';
import type { StoredRuns } from '../../io/stored-runs.ts';
import type { Maintenance } from '../../store/maintenance.ts';
import { openMaintenance } from '../../store/sqlite-maintenance.ts';
import type { RunStore } from '../../store/run-store.ts';
import { withReserve } from '../../store/reserve.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { makeFolder } from '../../store/state-folder.ts';

export interface Housekeeping extends Disposable {
  readonly folder: string;
  /** False when it was opened for reading, or there is no state to change. */
  readonly isWritable: boolean;
  readonly store: RunStore;
  readonly maintenance: Maintenance;
  readonly stored: StoredRuns;
  readonly incoming: Incoming;
  readonly io: IoManager;
}

/** Makes the state directory where there is none. */
export function makeHousekeeping(folder: string): Housekeeping {
  makeFolder(folder);
  return openHousekeeping(folder, 'write');
}

/** Opens the state. With `read`, or where there is no state, it makes and changes nothing. */
export function openHousekeeping(folder: string, mode: 'read' | 'write'): Housekeeping {
  const readOnly = mode === 'read' || !existsSync(folder);
  const store = withReserve(folder, () => openSqliteStore({ folder, readOnly }));
  const maintenance = openMaintenance({ folder, readOnly });
  return {
    folder,
    isWritable: !readOnly,
    store,
    maintenance,
    stored: new RunFolders(folder),
    incoming: new Incoming(folder),
    io: createFilesystemIo({ root: folder }),
    [Symbol.dispose]: () => {
      maintenance[Symbol.dispose]();
      store[Symbol.dispose]();
    },
  };
}
