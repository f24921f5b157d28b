/** The parts of the run store and of the IoManager that a run uses. */
import type { IoManager } from '../../io/io-manager.ts';
import type { InputNote, SeenRead } from '../../model/input-note.ts';
import type { KeptOutputs } from '../../model/kept-outputs.ts';
import type { RunStore } from '../../store/run-store.ts';

export type RunRecords = Pick<
  RunStore,
  'append' | 'cached' | 'release' | 'flush' | 'slots' | 'bus'
>;

export type StoredResults = Pick<IoManager, 'has' | 'load' | 'flush'>;

/** The files that tasks read and make, and the other things that they read besides their arguments, as they are now. */
export interface TaskFiles {
  /** Returns undefined when something has changed since it was read. It does not reject. */
  notesOf(seen: readonly SeenRead[]): Promise<readonly InputNote[] | undefined>;
  /** Returns the files that match the declared paths and globs now, without outputs; they count as read from here on. */
  declared(patterns: readonly string[], outputs: readonly string[]): readonly SeenRead[];
  /** Returns whether everything is as the notes say. */
  hold(notes: readonly InputNote[]): boolean;
  /** Puts back the files that are gone or altered. Returns false when that is impossible. */
  putBack(outputs: KeptOutputs): Promise<boolean>;
}
