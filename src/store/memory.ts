/** The run store in memory: one state that any number of simulated processes share, and that a power cut can set back. */
import type { Owner, RecordedEvent } from '../model/event.ts';
import type { Fault } from '../model/fault.ts';
import type { Digest, Instant, RunId, TaskName } from '../model/ids.ts';
import type { QueuedRun } from '../model/queued-run.ts';
import type { ResultRef } from '../model/result.ts';
import type { TriggerId } from '../model/tick.ts';
import { applyEvent, emptyRun, hasEnded, type RunSummary } from '../model/run.ts';
import { rowKeyOf } from './cache-row.ts';
import type { EventBus } from './event-bus.ts';
import { batchAfter, type MemoryBatch, MemoryBus } from './memory-bus.ts';
import { alreadyBegun, heldBy, notHeld, unknownRun, waitsInQueue } from './held.ts';
import { MemoryProcesses, type MemoryProcessTables, NO_PROCESSES } from './memory-processes.ts';
import { MemoryRunQueue, type QueuedPart } from './memory-run-queue.ts';
import { type LedgerEntry, MemoryLedger } from './memory-ledger.ts';
import { MemorySlots, type Slot } from './memory-slots.ts';
import type { PoolSlots } from './pool-slots.ts';
import type { OpenRun, TickLedger } from './tick-ledger.ts';
import type { Processes } from './processes.ts';
import type { RunQueue } from './run-queue.ts';
import { askedOnce, type Liveness } from './run-row.ts';
import type {
  CacheEntry,
  CancelRequest,
  NewRun,
  RunQuery,
  RunStore,
  StoredEvent,
} from './run-store.ts';

interface Row extends QueuedPart {
  readonly pipeline: string;
  readonly request: Uint8Array;
  /** Events as JSON, so that no caller can change the record. */
  readonly events: readonly string[];
  readonly epoch: number;
  /** Cancel request to the holder. */
  readonly cancel?: CancelRequest;
}

/** Immutable: an older version stays as it was. */
interface Tables {
  /** Runs in the order they began. */
  readonly runs: ReadonlyMap<RunId, Row>;
  readonly cache: ReadonlyMap<Digest, CacheEntry>;
  /** Slots in the order they were taken or asked for. */
  readonly slots: readonly Slot[];
  /** The newest batch of events; undefined when there is none. */
  readonly newest: MemoryBatch | undefined;
  readonly processes: MemoryProcessTables;
  readonly triggers: ReadonlyMap<TriggerId, LedgerEntry>;
}

/** Content of the simulated disk. */
export class MemoryState {
  /** Versions since the last flush, oldest first. */
  #versions: Tables[] = [
    {
      runs: new Map(),
      cache: new Map(),
      slots: [],
      newest: undefined,
      processes: NO_PROCESSES,
      triggers: new Map(),
    },
  ];

  get tables(): Tables {
    return this.#versions.at(-1)!;
  }

  /** Number of transactions that a power cut may lose. */
  get unflushed(): number {
    return this.#versions.length - 1;
  }

  commit(change: Partial<Tables>): void {
    this.#versions.push({ ...this.tables, ...change });
  }

  /** Makes one transaction of all that the work commits; when the work throws, nothing of it is kept. */
  together<T>(work: () => T): T {
    const before = this.#versions.length;
    let after: Tables | undefined;
    try {
      const result = work();
      if (this.#versions.length > before) after = this.tables;
      return result;
    } finally {
      this.#versions.length = before;
      if (after !== undefined) this.#versions.push(after);
    }
  }

  flush(): void {
    this.#versions = [this.tables];
  }

  /** Simulates a power cut: of the unflushed transactions, the first `kept` survive. */
  powerCut(kept: number): void {
    this.#versions.length = Math.min(kept, this.unflushed) + 1;
  }
}

export class MemoryRunStore implements RunStore {
  readonly #state: MemoryState;
  readonly #isAlive: Liveness;
  readonly #held = new Map<RunId, number>();
  readonly slots: PoolSlots;
  readonly bus: EventBus;
  readonly queue: RunQueue;
  readonly ledger: TickLedger;
  readonly processes: Processes;

  constructor(state: MemoryState, isAlive: Liveness) {
    this.#state = state;
    this.#isAlive = isAlive;
    this.bus = new MemoryBus({
      newest: () => this.#state.tables.newest,
      add: (newest) => this.#state.commit({ newest }),
      eventsOf: (run, after) => this.read(run, after),
    });
    this.queue = new MemoryRunQueue({
      rows: () => this.#state.tables.runs,
      add: (run) => this.#state.commit({ runs: withQueued(this.#state.tables.runs, run) }),
      acquire: (run, owner, losses) => this.#takeQueued(run, owner, losses),
      isHeld: (row) => this.#holderOf(row) !== undefined,
    });
    this.processes = new MemoryProcesses({
      read: () => this.#state.tables.processes,
      write: (change) =>
        this.#state.commit({ processes: { ...this.#state.tables.processes, ...change } }),
      isAlive,
    });
    this.ledger = new MemoryLedger({
      read: () => this.#state.tables.triggers,
      commit: (triggers) => this.#state.commit({ triggers }),
      together: (work) => this.#state.together(work),
      epoch: () => this.#state.tables.processes.lease?.epoch ?? 0,
      runs: {
        enqueue: (run) => this.queue.put(run),
        openRuns: (lane) => openRuns(this.#state.tables.runs, lane),
        cancel: (run, reason) => this.#askToDrain(run, reason),
      },
    });
    this.slots = new MemorySlots({
      read: () => this.#state.tables.slots,
      write: (slots) => this.#state.commit({ slots }),
      heldEpoch: (run) => this.#expectHeld(run).epoch,
      holds: (run) => this.#row(run)?.epoch === this.#held.get(run),
      isHeld: ({ run, epoch }) => {
        const row = this.#row(run);
        return row?.epoch === epoch && this.#holderOf(row) !== undefined;
      },
    });
  }

  begin({ owner, request, ...run }: NewRun): number {
    const { runId, pipeline } = run;
    const before = this.#row(runId);
    if (before !== undefined && (!before.queued || this.#held.get(runId) !== before.epoch))
      throw this.#refusal(runId, before);
    const { epoch = 1, lanes = [], cancel } = before ?? {};
    const { queuedAt, startedBy } = before?.summary ?? {};
    const since = { ...(queuedAt !== undefined && { queuedAt }), ...(startedBy && { startedBy }) };
    const summary = { ...run, ...since, status: 'queued' } as const;
    const row = { pipeline, request, events: [], summary, epoch, owner, lanes };
    const runs = new Map(this.#state.tables.runs);
    runs.delete(runId);
    this.#state.commit({ runs: runs.set(runId, { ...row, ...(cancel && { cancel }) }) });
    this.#held.set(runId, epoch);
    return epoch;
  }

  acquire(run: RunId, owner: Owner): number {
    const row = this.#row(run);
    if (row === undefined) throw unknownRun(run);
    const holder = this.#holderOf(row);
    if (holder !== undefined) throw heldBy(run, holder);
    const { cancel: _ofAnother, ...rest } = row;
    const epoch = row.epoch + 1;
    this.#put(run, { ...rest, epoch, owner });
    this.#held.set(run, epoch);
    return epoch;
  }

  /** A simulated process is visible to all others, so its heartbeat is not stored. */
  beat(run: RunId): boolean {
    const row = this.#row(run);
    return row !== undefined && row.epoch === this.#held.get(run);
  }

  append(run: RunId, events: readonly RecordedEvent[], reusable: readonly CacheEntry[] = []): void {
    const row = this.#expectHeld(run);
    const texts = events.map((event) => JSON.stringify(event));
    const after = {
      ...row,
      events: [...row.events, ...texts],
      summary: summaryAfter(row.summary, events),
    };
    const { runs, newest, cache } = this.#state.tables;
    const batch = { is: 'run', run, seq: row.events.length + 1, events: events.length } as const;
    this.#state.commit({
      runs: new Map(runs).set(run, after),
      newest: batchAfter(newest, batch),
      cache: new Map([...cache, ...reusable.map((entry) => [rowKeyOf(entry), entry] as const)]),
    });
  }

  *read(run: RunId, after = 0): Iterable<StoredEvent> {
    const events = this.#row(run)?.events.slice(after) ?? [];
    for (const [place, text] of events.entries()) {
      // `append` wrote it; JSON leaves out data that is undefined.
      const event = { data: undefined, ...(JSON.parse(text) as object) } as RecordedEvent;
      yield { seq: after + place + 1, event };
    }
  }

  get(run: RunId): RunSummary | undefined {
    const row = this.#row(run);
    return row && this.#shown(row);
  }

  list({ pipeline, status, before, isOwn, limit = Infinity }: RunQuery = {}): RunSummary[] {
    const { runs } = this.#state.tables;
    if (before !== undefined && !runs.has(before)) throw unknownRun(before);
    const ids = [...runs.keys()];
    const rows = ids.slice(0, before === undefined ? undefined : ids.indexOf(before)).toReversed();
    const isAlive = askedOnce(this.#isAlive);
    return rows
      .map((run) => this.#shown(runs.get(run)!, isAlive))
      .filter((run) => pipeline === undefined || run.pipeline === pipeline)
      .filter((run) => status === undefined || run.status === status)
      .filter((run) => isOwn !== true || run.parent === undefined)
      .slice(0, limit);
  }

  request(run: RunId): Uint8Array | undefined {
    return this.#row(run)?.request;
  }

  holder(run: RunId): Owner | undefined {
    const row = this.#row(run);
    return row && this.#holderOf(row);
  }

  release(run: RunId): void {
    const row = this.#row(run);
    if (row !== undefined && this.#held.get(run) === row.epoch)
      this.#put(run, { ...row, owner: undefined });
    this.#held.delete(run);
  }

  lastOutcome(pipeline: string, task: TaskName): ReturnType<RunStore['lastOutcome']> {
    for (const [runId, row] of [...this.#state.tables.runs].toReversed()) {
      if (row.pipeline !== pipeline) continue;
      const last = [...this.read(runId)].findLast(({ event }) => isOutcomeOf(task, event));
      if (last === undefined) continue;
      // The cast is safe: the event is `run.task.succeeded` or `run.task.cached`.
      const { key, output } = last.event.data as { key: Digest | null; output: ResultRef };
      return { runId, key, output };
    }
    return undefined;
  }

  snapshot<T>(work: () => T): T {
    return work();
  }

  cached(key: Digest, now: Instant): readonly CacheEntry[] {
    return [...this.#state.tables.cache.values()]
      .filter((entry) => entry.key === key && (entry.expiresAt ?? Infinity) > now)
      .toSorted((a, b) => b.storedAt - a.storedAt);
  }

  askToCancel(run: RunId, { how, reason }: CancelRequest): void {
    const row = this.#row(run);
    if (row === undefined) throw unknownRun(run);
    const again = row.cancel && ({ ...row.cancel, how: 'kill' } as const);
    this.#put(run, { ...row, cancel: again ?? { how, reason } });
  }

  cancelAsked(run: RunId): CancelRequest | undefined {
    const row = this.#row(run);
    return row !== undefined && this.#held.get(run) === row.epoch ? row.cancel : undefined;
  }

  remove(ids: readonly RunId[], mayGo: (run: RunSummary) => boolean = () => true): RunId[] {
    const runs = new Map(this.#state.tables.runs);
    const removed = ids.filter((id) => {
      const row = runs.get(id);
      return row !== undefined && mayGo(this.#shown(row)) && this.#holderOf(row) === undefined;
    });
    for (const id of removed) runs.delete(id);
    this.#state.commit({ runs });
    return removed;
  }

  flush(): void {
    this.#state.flush();
  }

  [Symbol.dispose](): void {
    for (const run of this.#held.keys()) this.release(run);
  }

  #row(run: RunId): Row | undefined {
    return this.#state.tables.runs.get(run);
  }

  #expectHeld(run: RunId): Row {
    const row = this.#row(run);
    if (row === undefined) throw unknownRun(run);
    if (this.#held.get(run) === row.epoch) return row;
    throw notHeld(run, this.#holderOf(row));
  }

  #put(run: RunId, row: Row): void {
    this.#state.commit({ runs: new Map(this.#state.tables.runs).set(run, row) });
  }

  #askToDrain(run: RunId, reason: string): void {
    const row = this.#row(run);
    if (row !== undefined && row.cancel === undefined)
      this.#put(run, { ...row, cancel: { how: 'drain', reason } });
  }

  #takeQueued(run: RunId, owner: Owner, losses: number): void {
    const { queued, epoch, ...row } = this.#row(run)!;
    if (queued === undefined) return;
    this.#put(run, { ...row, owner, epoch: epoch + 1, queued: { ...queued, losses } });
    this.#held.set(run, epoch + 1);
  }

  #holderOf({ owner }: Pick<Row, 'owner'>): Owner | undefined {
    return owner !== undefined && this.#isAlive(owner) ? owner : undefined;
  }

  #refusal(run: RunId, row: Row): Fault {
    const holder = this.#holderOf(row);
    if (holder !== undefined) return heldBy(run, holder);
    return row.queued ? waitsInQueue(run) : alreadyBegun(run);
  }

  #shown({ summary, owner, queued }: Row, isAlive: Liveness = this.#isAlive): RunSummary {
    const { status } = summary;
    const isOpen = status === 'running' || (status === 'queued' && owner !== undefined && !queued);
    const isHeld = !isOpen || (owner !== undefined && isAlive(owner));
    return isHeld ? summary : { ...summary, status: 'crashed' };
  }
}

function openRuns(runs: ReadonlyMap<RunId, Row>, lane: string): OpenRun[] {
  const open = [...runs]
    .filter(([, { lanes }]) => lanes.some(({ name }) => name === lane))
    .filter(([, { summary }]) => !hasEnded(summary.status))
    .filter(([, { queued, cancel }]) => queued === undefined || cancel === undefined)
    .map(([runId, { queued }]) => ({ runId, hasBegun: queued === undefined }));
  return [...open.filter(({ hasBegun }) => hasBegun), ...open.filter(({ hasBegun }) => !hasBegun)];
}

/** A queued run has the request that a run without tasks has: planning adds them. */
function withQueued(runs: ReadonlyMap<RunId, Row>, run: QueuedRun): ReadonlyMap<RunId, Row> {
  const { runId, pipeline, file, params, selection = {}, at, startedBy, queuedAt, lanes } = run;
  const summary = { runId, pipeline, planId: '', file, startedBy, queuedAt, startedAt: null };
  const request = Buffer.from(JSON.stringify({ params, selection, tasks: [], at }));
  return new Map(runs).set(runId, {
    pipeline,
    request,
    events: [],
    summary: { ...summary, status: 'queued' },
    epoch: 0,
    owner: undefined,
    queued: { run, losses: 0 },
    lanes: lanes ?? [],
  });
}

function summaryAfter(summary: RunSummary, events: readonly RecordedEvent[]): RunSummary {
  const record = { ...emptyRun(summary.runId), ...summary };
  for (const event of events) if (!event.topic.startsWith('run.task.')) applyEvent(record, event);
  const { pipeline, planId, file, status, startedAt, finishedAt, durationMs } = record;
  const { finishedAt: _before, durationMs: _then, ...fixed } = summary;
  return {
    ...fixed,
    pipeline,
    planId,
    file,
    status,
    startedAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

const isOutcomeOf = (task: TaskName, event: RecordedEvent): boolean =>
  event.task === task &&
  event.element === undefined &&
  (event.topic === 'run.task.succeeded' || event.topic === 'run.task.cached');
