/**
 * What runs have stored beside the record, results and logs, seen from outside: what is there, how much, the way out and the way in.
 * Housekeeping and archives speak to this port. An adapter that keeps results elsewhere leaves the logs to the folders.
 */
import type { RunId, TaskName } from '../model/ids.ts';
import type { StreamRef, ValueRef } from './stored-value.ts';

export interface StoredRuns {
  /** Runs that have something stored, on record or not. */
  runs(): AsyncIterable<RunId>;
  /** Of all that a run has stored, or of the results of one task in it. */
  extent(run: RunId, task?: TaskName): Promise<Extent>;
  /** All that a run has stored, as files of an archive; without what is still being written. */
  files(run: RunId): AsyncIterable<StoredFile>;
  /** The files of one result; none when it is not there. */
  filesOf(ref: ValueRef | StreamRef): AsyncIterable<StoredFile>;
  /**
   * Takes over the files below `folder`, which lie there under their paths, durable when it settles; what is there already stays.
   * Calls `record`, which puts the run on record and acts within, so that nobody can remove them meanwhile; what it throws is thrown on.
   */
  place(folder: string, record: (act: () => void) => void): Promise<void>;
  /**
   * Takes all that a run has stored out of every reader's sight, except for the results of the tasks to be kept; `sweep` deletes it.
   * `mayGo` acts unless the run has come on record, and says what to keep at that moment. An adapter that cannot do its part within
   * `act` removes what it had found before, and no file that has been stored since.
   */
  remove(run: RunId, mayGo: (act: (keep: ReadonlySet<TaskName>) => void) => boolean): Promise<void>;
  /** How many files of the run were being written; orphaned unless a process is writing them. */
  unfinished(run: RunId): Promise<number>;
  /** Removes them. `mayGo` acts unless a process may be writing them. Returns how many went. */
  removeUnfinished(run: RunId, mayGo: (act: () => void) => boolean): Promise<number>;
  /** How many removals are not finished: their files are still to be deleted. */
  leftovers(): Promise<number>;
  /** Deletes what was removed, by whatever process. */
  sweep(): Promise<void>;
  /** Everything that lies there and does not belong by its kind. */
  oddities(): AsyncIterable<Oddity>;
}

export interface Extent {
  readonly results: number;
  /** Of results and logs, as they are stored. */
  readonly bytes: number;
}

export interface StoredFile {
  /** Its place in an archive: `runs/<run>/results/<task>/…` or `runs/<run>/logs/…`. */
  readonly path: string;
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Something that dp did not make: neither a plain file nor a plain folder of this user's, or under a name that no run has. */
export interface Oddity {
  readonly path: string;
  readonly is: 'link' | 'special' | 'unreadable' | 'foreign';
}
