/**
 * Store: what happened comes in as events, in order, and stays. Summaries and events come back out.
 * It never holds a result and never decides anything.
 */
import type { Digest, Instant, RunId, TaskName } from '../model/ids.ts';
import type { Owner, RecordedEvent } from '../model/event.ts';
import type { ResultRef } from '../model/result.ts';
import type { RunStatus, RunSummary } from '../model/run.ts';
import type { HearDamage } from './damage.ts';
import type { PoolSlots } from './pool-slots.ts';

/** Remembers what happened in every run, in the order it happened. Many processes share one store. Calls are synchronous and short. */
export interface RunStore extends Disposable {
  /** Creates the run and takes hold of it. Throws DP6004 when the id exists. */
  begin(run: NewRun): void;
  /** Takes hold of an existing run whose holder is gone; throws DP6004, naming the holder, when it is alive, DP2007 when there is no such run. Returns the new fencing epoch. */
  acquire(run: RunId, owner: Owner): number;
  /**
   * Tells those who cannot see this process that it lives, see `BEAT_EVERY_MS`; it does so itself when it takes hold of a
   * run. Returns false when this store no longer holds the run.
   */
  beat(run: RunId): boolean;
  /** All of the events are kept or none, and the summary moves on with them. Throws DP6004 when this store no longer holds the run. */
  append(run: RunId, events: readonly RecordedEvent[]): void;
  /** Oldest first; `after` is the sequence number already seen. */
  read(run: RunId, after?: number): Iterable<StoredEvent>;
  get(run: RunId): RunSummary | undefined;
  /** Newest first, by when they began and not by the clock; never touches events or payloads. A run whose process is gone shows as `crashed`. */
  list(query?: RunQuery): RunSummary[];
  /** What the run was asked to do, as `begin` got it. */
  request(run: RunId): Uint8Array | undefined;
  /** Who executes the run now; a process known to be gone holds nothing. */
  holder(run: RunId): Owner | undefined;
  /** Lets go of a run that ended; closing the store lets go of all it holds. */
  release(run: RunId): void;
  /** The succeeded or cached outcome of the task in the newest run of this pipeline that has one, for `--why`; imported runs do not count. */
  lastOutcome(
    pipeline: string,
    task: TaskName,
  ): { readonly runId: RunId; readonly key: Digest | null; readonly output: ResultRef } | undefined;
  cached(key: Digest, now: Instant): CacheEntry | undefined;
  /** What `work` reads is of one moment, and costs less than each look by itself. It does nothing but read, and may be called again. */
  snapshot<T>(work: () => T): T;
  remember(entry: CacheEntry): void;
  /** Leaves word for the process that holds the run. Who asks again asks to kill. Throws DP2007 when there is no such run. */
  askToCancel(run: RunId, request: CancelRequest): void;
  /** What was asked of a run that this store holds. As long as no other process writes to the store, it costs a glance. */
  cancelAsked(run: RunId): CancelRequest | undefined;
  /**
   * Removes runs with their events, and says which; results are not the store's, and cache entries stay. A run that a
   * living process holds is left, and one of which `mayGo`, asked at the last moment, says so.
   */
  remove(runs: readonly RunId[], mayGo?: (run: RunSummary) => boolean): RunId[];
  readonly slots: PoolSlots;
  /** Everything appended so far survives a power cut when this returns. */
  flush(): void;
}

export interface NewRun {
  readonly runId: RunId;
  readonly pipeline: string;
  readonly planId: Digest;
  readonly file: string;
  readonly startedAt: Instant;
  readonly owner: Owner;
  /** The run that this one works for. */
  readonly parent?: RunId;
  /** Opaque to the store: plan and options, for resume and show. */
  readonly request: Uint8Array;
}

export interface CancelRequest {
  /** `drain`: start nothing more, let running work end within the grace. `kill`: end it now. */
  readonly how: 'drain' | 'kill';
  readonly reason: string;
}

export interface StoredEvent {
  /** From 1, without gaps, per run. */
  readonly seq: number;
  readonly event: RecordedEvent;
}

export interface RunQuery {
  readonly pipeline?: string;
  readonly status?: RunStatus;
  readonly limit?: number;
  /** Only runs that were begun in this state, and for themselves: neither imported nor at work for others. */
  readonly isOwn?: true;
  /** Only runs that began before this one; for paging. DP2007 when it is not there. */
  readonly before?: RunId;
  /** Hears of damaged rows, which are left out. Absent: DP8004 is thrown. */
  readonly hearDamage?: HearDamage;
}

export interface CacheEntry {
  readonly key: Digest;
  readonly run: RunId;
  readonly task: TaskName;
  readonly output: ResultRef;
  readonly storedAt: Instant;
  /** Null: for ever. */
  readonly expiresAt: Instant | null;
}
