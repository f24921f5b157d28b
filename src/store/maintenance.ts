/** The record as housekeeping needs it: all of it, a page at a time, and room to act while nobody changes it. */
import type { Owner, RecordedEvent } from '../model/event.ts';
import type { Digest, Instant, RunId, TaskName } from '../model/ids.ts';
import type { ResultRef } from '../model/result.ts';
import type { RunStatus, RunSummary } from '../model/run.ts';
import type { HearDamage } from './damage.ts';
import type { PoolSlot } from './pool-slots.ts';
import type { CacheEntry, NewRun } from './run-store.ts';

/** Opened beside a `RunStore` on the same state. What it walks through may change meanwhile: look again before acting. */
export interface Maintenance extends Disposable {
  /** Newest first. `hear` learns of damaged rows, which are left out; without it they are thrown as DP8004. */
  runs(hear?: HearDamage): Iterable<RunFact>;
  /** What the tasks of all runs on record gave, the last of each; of a mapped task the whole. `hear`: as in `runs`. */
  outputs(hear?: HearDamage): Iterable<RecordedOutput>;
  /** The same of one run. */
  outputsOf(run: RunId): Iterable<ResultRef>;
  /** Expired ones too, by key; without damaged ones. */
  cacheEntries(): Iterable<CacheEntry>;
  /** Cache entries that do not say where their result is: they count as absent. */
  damagedCacheEntries(): Iterable<CacheEntryName>;
  /** Events `run.task.cached` on record, and how long the runs took for the tasks that they spared, where that is on record. */
  cacheHits(): { readonly hits: number; readonly savedMs: number };
  /** Drops cache entries that are still as they were found. Returns how many. */
  forget(entries: readonly CacheEntryName[]): number;
  isListed(run: RunId): boolean;
  /** By a process that may be alive. */
  isHeld(run: RunId): boolean;
  /** As in `RunFact`, now; undefined when the run is not on record. */
  epochOf(run: RunId): number | undefined;
  /** Acts unless the run is on record; nobody can put it there meanwhile. False when it is. */
  whileUnlisted(run: RunId, act: () => void): boolean;
  /** Acts unless a living process holds the run; nobody can take hold of it meanwhile. False when one does. */
  whileUnheld(run: RunId, act: () => void): boolean;
  /**
   * Puts a run of another state on record, as nobody's, and its files in place with it: `place` is called while nobody
   * can sweep them. All or nothing. It counts as the newest. Throws DP6004 when the run is here already.
   */
  adopt(run: AdoptedRun, events: Iterable<RecordedEvent>, place: () => void): void;
  /** Runs whose holder is known to be gone are held by nobody from now on. */
  letGoOfTheDead(): RunId[];
  /** Slots of pools whose holder is gone: they count for nobody, and the next who asks for the pool may clear them. */
  slotsOfNobody(): PoolSlot[];
  clearSlotsOfNobody(): void;
  version(): string;
  /** What SQLite finds wrong with the file, a sentence each. */
  damage(): string[];
  /** What contradicts itself between the tables, a sentence each. */
  contradictions(): string[];
}

/** What tells a cache entry from the one that replaces it. */
export type CacheEntryName = Pick<CacheEntry, 'key' | 'run' | 'task' | 'storedAt'>;

export interface RunFact extends RunSummary {
  /** As its events tell it: a run whose process died says `running`. */
  readonly toldStatus: RunStatus;
  /** Of its last event; of its beginning when it has none. */
  readonly lastAt: Instant;
  /** Rises each time a process takes the run up. */
  readonly epoch: number;
  /** Who took it up last and has not let go, dead or alive. */
  readonly owner?: Owner;
  /** A process holds it that may be alive. */
  readonly isHeld: boolean;
  /** The owner's process cannot be seen from here: whether it lives is known by its beats alone, if it sends any. */
  readonly isElsewhere: boolean;
}

export type AdoptedRun = Pick<
  NewRun,
  'runId' | 'pipeline' | 'planId' | 'file' | 'startedAt' | 'request'
> & { readonly importedAt: Instant };

export interface RecordedOutput {
  readonly runId: RunId;
  readonly task: TaskName;
  readonly output: ResultRef;
  readonly key: Digest | null;
}
