/** The parts of the run store and of the IoManager that a run uses. */
import type { IoManager } from '../../io/io-manager.ts';
import type { RunStore } from '../../store/run-store.ts';

export type RunRecords = Pick<
  RunStore,
  'append' | 'cached' | 'release' | 'flush' | 'slots' | 'bus'
>;

export type StoredResults = Pick<IoManager, 'has' | 'load' | 'flush'>;
