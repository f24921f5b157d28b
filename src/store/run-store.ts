/**
 * Store: what happened comes in as events, in order, and stays. Summaries and events come back out.
 * It never holds a result and never decides anything.
 */
import type { Digest, Instant, RunId, TaskName } from '../model/ids.ts';
import type { Owner, RecordedEvent } from '../model/event.ts';
import type { InputNote } from '../model/input-note.ts';
import type { StartedBy } from '../model/started-by.ts';
import type { KeptOutputs } from '../model/kept-outputs.ts';
import type { ResultRef } from '../model/result.ts';
import type { RunStatus, RunSummary } from '../model/run.ts';
import type { BrokerLinks } from './broker-links.ts';
import type { HearDamage } from './damage.ts';
import type { EventBus } from './event-bus.ts';
import type { PoolSlots } from './pool-slots.ts';
import type { Processes } from './processes.ts';
import type { RunQueue } from './run-queue.ts';
import type { TickLedger } from './tick-ledger.ts';

/** Remembers what happened in every run, in the order it happened. Many processes share one store. Calls are synchronous and short. */
export interface RunStore extends Disposable {
  /**
   * Creates the run and acquires it, or begins a queued run that this store took: then it counts as the newest, and keeps who
   * started it. Returns the fencing epoch. Throws DP6004 when the id exists otherwise.
   */
  begin(run: NewRun): number;
  /**
   * Acquires an existing run whose holder is gone and returns the new fencing epoch.
   * Throws DP6004, naming the holder, when it is alive, DP2007 when there is no such run.
   */
  acquire(run: RunId, owner: Owner): number;
  /**
   * Sends a heartbeat for those who cannot see this process, see `BEAT_EVERY_MS`; acquiring a run sends one, too.
   * Returns false when this store no longer holds the run.
   */
  beat(run: RunId): boolean;
  /**
   * Keeps all of the events and cache entries or none, and updates the summary with the events. Throws DP6004 when this store no
   * longer holds the run.
   */
  append(run: RunId, events: readonly RecordedEvent[], reusable?: readonly CacheEntry[]): void;
  /** Returns events, oldest first; `after` is the last sequence number already seen. */
  read(run: RunId, after?: number): Iterable<StoredEvent>;
  get(run: RunId): RunSummary | undefined;
  /** Returns runs, newest first by the order in which they began, not by the clock; reads no events or payloads. A run whose process is gone is `crashed`. */
  list(query?: RunQuery): RunSummary[];
  /** Returns the request of the run, as passed to `begin`. */
  request(run: RunId): Uint8Array | undefined;
  /** Returns the process that executes the run now; a process known to be gone holds nothing. */
  holder(run: RunId): Owner | undefined;
  /** Releases a run that ended; closing the store releases all runs that it holds. */
  release(run: RunId): void;
  /** Returns the succeeded or cached outcome of the task in the newest run of this pipeline that has one, for `--why`; imported runs do not count. */
  lastOutcome(
    pipeline: string,
    task: TaskName,
  ): { readonly runId: RunId; readonly key: Digest | null; readonly output: ResultRef } | undefined;
  /** Returns the entries of the key that have not expired, newest first; their notes tell which of them holds. */
  cached(key: Digest, now: Instant): readonly CacheEntry[];
  /** Gives `work` a consistent view, cheaper than separate reads. `work` only reads, and may be called again. */
  snapshot<T>(work: () => T): T;
  /** Leaves a cancel request for the process that holds the run. A second request kills. Throws DP2007 when there is no such run. */
  askToCancel(run: RunId, request: CancelRequest): void;
  /** Returns the cancel request for a run that this store holds. It is cheap as long as no other process writes to the store. */
  cancelAsked(run: RunId): CancelRequest | undefined;
  /**
   * Removes runs with their events, and returns their ids; results are not touched, and cache entries stay. A run stays when a
   * living process holds it, or when `mayGo`, called at the last moment, returns false.
   */
  remove(runs: readonly RunId[], mayGo?: (run: RunSummary) => boolean): RunId[];
  readonly slots: PoolSlots;
  /** The runs that wait for a runner. */
  readonly queue: RunQueue;
  /** The daemons and runners of this state. */
  readonly processes: Processes;
  /** The ticks of all triggers. */
  readonly ledger: TickLedger;
  /** The events of all runs in one order. */
  readonly bus: EventBus;
  /** The exchange of events with brokers; absent where the state does not outlive the process. */
  readonly links?: BrokerLinks;
  /** Makes everything appended so far survive a power cut before it returns. */
  flush(): void;
}

export interface NewRun {
  readonly runId: RunId;
  readonly pipeline: string;
  readonly planId: Digest;
  readonly file: string;
  readonly startedAt: Instant;
  readonly owner: Owner;
  /** The parent run for which this run works. */
  readonly parent?: RunId;
  readonly startedBy?: StartedBy;
  /** Opaque to the store: plan and options, for resume and show. */
  readonly request: Uint8Array;
}

export interface CancelRequest {
  /** `drain`: starts nothing more and lets running work end within the grace period. `kill`: ends it now. */
  readonly how: 'drain' | 'kill';
  readonly reason: string;
}

export interface StoredEvent {
  /** Sequence number in the run, from 1, without gaps. */
  readonly seq: number;
  readonly event: RecordedEvent;
}

export interface RunQuery {
  readonly pipeline?: string;
  readonly status?: RunStatus;
  readonly limit?: number;
  /** Only runs begun in this state that have no parent: neither imported runs nor child runs. */
  readonly isOwn?: true;
  /** Only runs that began before this one; for paging. Throws DP2007 when it does not exist. */
  readonly before?: RunId;
  /** Receives damaged rows, which are left out. Absent: DP8004 is thrown. */
  readonly hearDamage?: HearDamage;
}

export interface CacheEntry {
  readonly key: Digest;
  readonly run: RunId;
  readonly task: TaskName;
  readonly output: ResultRef;
  readonly storedAt: Instant;
  /** Null: never expires. */
  readonly expiresAt: Instant | null;
  /** What the result depends on besides its key; absent when that is nothing. */
  readonly notes?: readonly InputNote[];
  /** The files that belong to the result. */
  readonly outputs?: KeptOutputs;
}
