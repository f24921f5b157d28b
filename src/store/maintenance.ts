/** The record as housekeeping needs it: everything, a page at a time, with actions during which no other process can change it. */
import type { Owner, RecordedEvent } from '../model/event.ts';
import type { Digest, Instant, RunId, TaskName } from '../model/ids.ts';
import type { ResultRef } from '../model/result.ts';
import type { RunStatus, RunSummary } from '../model/run.ts';
import type { HearDamage } from './damage.ts';
import type { PoolSlot } from './pool-slots.ts';
import type { CacheEntry, NewRun } from './run-store.ts';

/** Opened beside a `RunStore` on the same state. The record may change while it is read: check again before acting. */
export interface Maintenance extends Disposable {
  /** All runs, newest first. `hear` receives damaged rows, which are left out; without it they are thrown as DP8004. */
  runs(hear?: HearDamage): Iterable<RunFact>;
  /** The last recorded output of each task in every run; for a mapped task the whole. `hear`: as in `runs`. */
  outputs(hear?: HearDamage): Iterable<RecordedOutput>;
  /** The recorded outputs of one run. */
  outputsOf(run: RunId): Iterable<ResultRef>;
  /** All cache entries by key, expired ones included, damaged ones left out. */
  cacheEntries(): Iterable<CacheEntry>;
  /** Cache entries that do not say where their result is: they count as absent. */
  damagedCacheEntries(): Iterable<CacheEntryName>;
  /** Number of `run.task.cached` events on record, and how long the reused tasks took when they ran, where that is on record. */
  cacheHits(): { readonly hits: number; readonly savedMs: number };
  /** Deletes cache entries that have not changed since they were read. Returns how many. */
  forget(entries: readonly CacheEntryName[]): number;
  /** Number of published events before the instant that belong to no run. */
  publishedBefore(instant: Instant): number;
  /** Deletes these events, and returns how many. Their places in the order go with the next removal of runs. */
  forgetPublished(before: Instant): number;
  isListed(run: RunId): boolean;
  /** Returns whether a process that may be alive holds the run. */
  isHeld(run: RunId): boolean;
  /** Returns the current epoch, see `RunFact`; undefined when the run is not on record. */
  epochOf(run: RunId): number | undefined;
  /** Acts unless the run is on record; no process can record it meanwhile. Returns false when it is. */
  whileUnlisted(run: RunId, act: () => void): boolean;
  /** Acts unless a living process holds the run; no process can acquire it meanwhile. Returns false when one does. */
  whileUnheld(run: RunId, act: () => void): boolean;
  /**
   * Records a run of another state, without a holder, together with its files: `place` is called while no process
   * can sweep them. All or nothing. The run counts as the newest. Throws DP6004 when the run is here already.
   */
  adopt(run: AdoptedRun, events: Iterable<RecordedEvent>, place: () => void): void;
  /** Releases the runs whose holder is known to be gone, and returns them. */
  letGoOfTheDead(): RunId[];
  /** Pool slots whose holder is gone: they are not counted, and the next request for the pool may clear them. */
  slotsOfNobody(): PoolSlot[];
  clearSlotsOfNobody(): void;
  version(): string;
  /** Problems that SQLite finds in the file, a sentence each. */
  damage(): string[];
  /** Contradictions between the tables, a sentence each. */
  contradictions(): string[];
}

/** The columns that distinguish a cache entry from the one that replaces it. */
export type CacheEntryName = Pick<CacheEntry, 'key' | 'run' | 'task' | 'storedAt'>;

export interface RunFact extends RunSummary {
  /** Status according to the events: a run whose process died has the status `running`. */
  readonly toldStatus: RunStatus;
  /** Time of its last event; of its beginning when it has none. */
  readonly lastAt: Instant;
  /** Rises each time a process acquires the run. */
  readonly epoch: number;
  /** The process that acquired it last and has not released it, dead or alive. */
  readonly owner?: Owner;
  /** A process that may be alive holds the run. */
  readonly isHeld: boolean;
  /** The owner's process is not visible from here: only its heartbeats, if it sends any, show whether it lives. */
  readonly isElsewhere: boolean;
}

export type AdoptedRun = Pick<
  NewRun,
  'runId' | 'pipeline' | 'planId' | 'file' | 'startedAt' | 'startedBy' | 'request'
> & { readonly queuedAt?: Instant; readonly importedAt: Instant };

export interface RecordedOutput {
  readonly runId: RunId;
  readonly task: TaskName;
  readonly output: ResultRef;
  readonly key: Digest | null;
}
