/** What a run asks of the store and of stored results; the rest of them is other people's. */
import type { IoManager } from '../../io/io-manager.ts';
import type { RunStore } from '../../store/run-store.ts';

export type RunRecords = Pick<
  RunStore,
  'append' | 'cached' | 'remember' | 'release' | 'flush' | 'slots'
>;

export type StoredResults = Pick<IoManager, 'has' | 'load' | 'flush'>;
