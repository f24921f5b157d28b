/** Result stores described by data, so that each worker opens its own adapter; a new kind of store is one more case. */
import { impossible } from '../model/fault.ts';
import type { IoManager } from './io-manager.ts';

/** Plain data that can be sent to threads, processes and other machines. */
export interface ResultStore {
  readonly kind: 'filesystem';
  /** The state folder. */
  readonly root: string;
}

/** Loads the adapter when it is first needed. */
export async function openResults(store: ResultStore): Promise<IoManager> {
  switch (store.kind) {
    case 'filesystem': {
      const { createFilesystemIo } = await import('./filesystem.ts');
      return createFilesystemIo(store);
    }
    default:
      return impossible(store.kind);
  }
}
