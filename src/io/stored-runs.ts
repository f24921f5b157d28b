/**
 * What runs have stored beside the record, results and logs, for housekeeping: list, measure, export, import and remove.
 * Archives use this port, too. An adapter that keeps results elsewhere leaves the logs to the folders.
 */
import type { RunId, TaskName } from '../model/ids.ts';
import type { StreamRef, ValueRef } from './stored-value.ts';

export interface StoredRuns {
  /** Runs that have stored something, on record or not. */
  runs(): AsyncIterable<RunId>;
  /** Returns the extent of everything that a run has stored, or of the results of one task in it. */
  extent(run: RunId, task?: TaskName): Promise<Extent>;
  /** Everything that a run has stored, as files of an archive; without files that are still being written. */
  files(run: RunId): AsyncIterable<StoredFile>;
  /** The files of one result; none when it does not exist. */
  filesOf(ref: ValueRef | StreamRef): AsyncIterable<StoredFile>;
  /**
   * Moves the files below `folder`, which lie there under their paths, into place, durably when it settles; existing files stay.
   * Calls `record`, which puts the run on record and calls `act`, so that no process can remove them meanwhile; its error is rethrown.
   */
  place(folder: string, record: (act: () => void) => void): Promise<void>;
  /**
   * Hides everything that a run has stored from every reader, except for the results of the tasks to be kept; `sweep` deletes it.
   * `mayGo` acts unless the run is on record by now, and passes what to keep at that moment. An adapter that cannot do its part within
   * `act` removes what it had found before, and no file that has been stored since.
   */
  remove(run: RunId, mayGo: (act: (keep: ReadonlySet<TaskName>) => void) => boolean): Promise<void>;
  /** Number of files of the run that were being written; orphaned unless a process is still writing them. */
  unfinished(run: RunId): Promise<number>;
  /** Removes the unfinished files. `mayGo` acts unless a process may be writing them. Returns the number of removed files. */
  removeUnfinished(run: RunId, mayGo: (act: () => void) => boolean): Promise<number>;
  /** Number of unfinished removals: their files are still to be deleted. */
  leftovers(): Promise<number>;
  /** Deletes what was removed, by whatever process. */
  sweep(): Promise<void>;
  /** Everything in the folders that does not belong there by its kind. */
  oddities(): AsyncIterable<Oddity>;
}

export interface Extent {
  readonly results: number;
  /** Size of results and logs, as stored. */
  readonly bytes: number;
}

export interface StoredFile {
  /** Path in an archive: `runs/<run>/results/<task>/…` or `runs/<run>/logs/…`. */
  readonly path: string;
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Something that dp did not create: neither a plain file nor a plain folder of this user, or with a name that no run has. */
export interface Oddity {
  readonly path: string;
  readonly is: 'link' | 'special' | 'unreadable' | 'foreign';
}
