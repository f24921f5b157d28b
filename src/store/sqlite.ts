/**
 * The run store on SQLite: calls come in, short transactions on `state.db` go out.
 * It loads `node:sqlite` when a store is opened, keeps no state that the file does not have, and never waits on a clock.
 */
import type { Owner, RecordedEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Digest, Instant, RunId, TaskName } from '../model/ids.ts';
import { emptyRun, type RunRecord, type RunSummary } from '../model/run.ts';
import { insertCached, selectCached } from './cache-row.ts';
import type { BrokerLinks } from './broker-links.ts';
import { type Database, type Durability, openShared, type Sql } from './database.ts';
import { insertEvents, outcomeIn, selectEvents } from './event-row.ts';
import { alreadyBegun, heldBy, notHeld, unknownRun, waitsInQueue } from './held.ts';
import { MIGRATIONS } from './migrations.ts';
import { beatNow, isAlive as isAliveHere } from './process-identity.ts';
import { type MayGo, removeRuns } from './removal.ts';
import { keepReserve } from './reserve.ts';
import { beginQueued, insertRun, recordAfter, recordOf, updateSummary } from './run-record.ts';
import {
  holderOf,
  type Liveness,
  type RunRow,
  selectRun,
  selectSummaries,
  startOf,
  summaryOf,
} from './run-row.ts';
import { placeEvents, SqliteBus } from './sqlite-bus.ts';
import { SqliteLinks } from './sqlite-links.ts';
import type { PoolSlots } from './pool-slots.ts';
import type {
  CacheEntry,
  CancelRequest,
  NewRun,
  RunQuery,
  RunStore,
  StoredEvent,
} from './run-store.ts';
import type { Processes } from './processes.ts';
import type { RunQueue } from './run-queue.ts';
import { SqliteProcesses } from './sqlite-processes.ts';
import { SqliteLedger } from './sqlite-ledger.ts';
import { SqliteQueue } from './sqlite-queue.ts';
import { SqliteSlots } from './sqlite-slots.ts';
import { databaseIn, makeFolder } from './state-folder.ts';
import type { TickLedger } from './tick-ledger.ts';
import { openTraceless } from './traceless.ts';
import { wake } from './wake.ts';

export interface SqliteStoreOptions {
  /** Folder of `state.db`; created if it is absent. */
  readonly folder: string;
  /** Writes nothing; the folder may be read-only. Without a state the store is empty. Methods that write throw. */
  readonly readOnly?: boolean;
  /** When appended events survive a power cut: `run`, after `flush` (the default); `task`, at once. A killed process loses nothing either way. */
  readonly durability?: Durability;
  readonly isAlive?: Liveness;
}

/** Throws DP8001 (folder), DP8002 (disk), DP8003 (newer schema), DP8004 (damaged) or DP8005 (stays locked). */
export function openSqliteStore(options: SqliteStoreOptions): RunStore {
  const path = databaseIn(options.folder);
  const isAlive = options.isAlive ?? ((owner, last) => isAliveHere(owner, last));
  if (options.readOnly === true)
    return new SqliteRunStore(openTraceless(path, MIGRATIONS), isAlive, () => undefined);
  makeFolder(options.folder);
  const db = openShared({ path, durability: options.durability ?? 'run', migrations: MIGRATIONS });
  keepReserve(options.folder);
  return new SqliteRunStore(db, isAlive, () => wake(options.folder));
}

/** A run that this store may append to, as far as it knows: every transaction compares `epoch` with the file's. */
interface Held {
  /** The run's number in the database. */
  readonly n: number;
  readonly epoch: number;
  seq: number;
  /** Record of the run without its tasks. */
  record: RunRecord;
  /** Valid as of `dataVersion`. */
  cancel?: CancelRequest | undefined;
  /** Changes when another process has written. */
  dataVersion?: number;
}

/** Events read at once: no read transaction stays open while the reader handles them. */
const EVENTS_A_PAGE = 1_000;

class SqliteRunStore implements RunStore {
  readonly #db: Database;
  readonly #isAlive: Liveness;
  readonly #held = new Map<RunId, Held>();
  readonly slots: PoolSlots;
  readonly bus: SqliteBus;
  readonly queue: RunQueue;
  readonly ledger: TickLedger;
  readonly processes: Processes;
  readonly links: BrokerLinks;

  /** `wakeOthers` tells the processes that wait for queued runs. */
  constructor(db: Database, isAlive: Liveness, wakeOthers: () => void) {
    this.#db = db;
    this.#isAlive = isAlive;
    this.bus = new SqliteBus(db);
    this.ledger = new SqliteLedger(db, wakeOthers);
    this.links = new SqliteLinks(db, isAlive);
    this.processes = new SqliteProcesses(db, isAlive);
    this.queue = new SqliteQueue({
      db,
      isAlive,
      wakeOthers,
      hold: (row, epoch) =>
        this.#held.set(row.run_id, { n: row.n, epoch, seq: 0, record: recordOf(row) }),
    });
    this.slots = new SqliteSlots({
      db,
      isAlive,
      epochOf: (run) => this.#held.get(run)?.epoch,
      refusal: (sql, run) => this.#notHeld(sql, run),
    });
  }

  begin(run: NewRun): number {
    const { runId, pipeline, planId, file, startedAt } = run;
    const { n, epoch } = this.#db.write((sql) => {
      const existing = selectRun(sql, runId);
      if (existing === undefined) return { n: insertRun(sql, run), epoch: 1 };
      if (startOf(existing) !== null || this.#held.get(runId)?.epoch !== existing.epoch)
        throw this.#refusal(runId, existing);
      return { n: beginQueued(sql, run, existing), epoch: existing.epoch };
    });
    const record = { ...emptyRun(runId), pipeline, planId, file, startedAt };
    this.#held.set(runId, { n, epoch, seq: 0, record });
    return epoch;
  }

  acquire(run: RunId, owner: Owner): number {
    const held = this.#db.write((sql): Held => {
      const row = selectRun(sql, run);
      if (row === undefined) throw unknownRun(run);
      const holder = holderOf(row, this.#isAlive);
      if (holder !== undefined) throw heldBy(run, holder);
      const epoch = row.epoch + 1;
      const { at, uptimeMs } = beatNow();
      sql('UPDATE runs SET epoch = ?, owner = ?, beat_at = ?, beat_uptime = ? WHERE n = ?').run(
        epoch,
        JSON.stringify(owner),
        at,
        uptimeMs,
        row.n,
      );
      answerCancel(sql, row.n); // The request was addressed to the previous holder.
      const last = sql('SELECT max(seq) AS seq FROM events WHERE run = ?').get(row.n);
      return { n: row.n, epoch, seq: Number(last?.['seq'] ?? 0), record: recordOf(row) };
    });
    this.#held.set(run, held);
    return held.epoch;
  }

  beat(run: RunId): boolean {
    const held = this.#held.get(run);
    if (held === undefined) return false;
    const { at, uptimeMs } = beatNow();
    const { changes } = this.#db.write((sql) =>
      sql('UPDATE runs SET beat_at = ?, beat_uptime = ? WHERE n = ? AND epoch = ?').run(
        at,
        uptimeMs,
        held.n,
        held.epoch,
      ),
    );
    return changes > 0;
  }

  append(run: RunId, events: readonly RecordedEvent[], reusable: readonly CacheEntry[] = []): void {
    const held = this.#held.get(run);
    if (held === undefined) throw this.#db.read((sql) => this.#notHeld(sql, run));
    const record = recordAfter(held.record, events);
    this.#db.write((sql) => {
      if (!isStillHeld(sql, held)) throw this.#notHeld(sql, run);
      if (record !== held.record) updateSummary(sql, held.n, record);
      if (events.length > 0) placeEvents(sql, { run: held.n, seq: held.seq + 1 });
      insertEvents(sql, { pipeline: record.pipeline, run: held.n, after: held.seq }, events);
      for (const entry of reusable) insertCached(sql, entry);
    });
    held.seq += events.length;
    held.record = record;
  }

  *read(run: RunId, after = 0): Iterable<StoredEvent> {
    let seen = after;
    for (;;) {
      const page = { after: seen, limit: EVENTS_A_PAGE };
      const events = this.#db.read((sql) => selectEvents(sql, run, page));
      yield* events;
      const last = events.at(-1);
      if (last === undefined || events.length < EVENTS_A_PAGE) return;
      seen = last.seq;
    }
  }

  get(run: RunId): RunSummary | undefined {
    const row = this.#db.read((sql) => selectRun(sql, run));
    return row && summaryOf(row, this.#isAlive);
  }

  list(query: RunQuery = {}): RunSummary[] {
    return this.#db.read((sql) => {
      const { before } = query;
      if (before !== undefined && selectRun(sql, before) === undefined) throw unknownRun(before);
      return selectSummaries(sql, query, this.#isAlive);
    });
  }

  request(run: RunId): Uint8Array | undefined {
    const row = this.#db.read((sql) =>
      sql('SELECT request FROM requests JOIN runs ON n = run WHERE run_id = ?').get(run),
    );
    return row?.['request'] as Uint8Array | undefined; // the cast is safe: the column is a BLOB NOT NULL of a STRICT table
  }

  holder(run: RunId): Owner | undefined {
    const row = this.#db.read((sql) => selectRun(sql, run));
    return row && holderOf(row, this.#isAlive);
  }

  release(run: RunId): void {
    const held = this.#held.get(run);
    if (held === undefined) return;
    this.#db.write((sql) => {
      if (!isStillHeld(sql, held)) return;
      sql('UPDATE runs SET owner = NULL WHERE n = ?').run(held.n);
      answerCancel(sql, held.n);
      sql('DELETE FROM slots WHERE run = ? AND epoch = ?').run(held.n, held.epoch);
    });
    this.#held.delete(run);
  }

  lastOutcome(pipeline: string, task: TaskName): ReturnType<RunStore['lastOutcome']> {
    const row = this.#db.read((sql) =>
      sql(
        `SELECT run_id, data FROM outcomes
         JOIN runs ON runs.n = outcomes.run
         JOIN events ON events.run = outcomes.run AND events.seq = outcomes.seq
         WHERE outcomes.pipeline = ? AND outcomes.task = ? AND imported_at IS NULL ORDER BY outcomes.run DESC LIMIT 1`,
      ).get(pipeline, task),
    );
    if (row === undefined) return undefined;
    const runId = String(row['run_id']);
    return { runId, ...outcomeIn(row['data'], runId, task) };
  }

  cached(key: Digest, now: Instant): readonly CacheEntry[] {
    return this.#db.read((sql) => selectCached(sql, key, now));
  }

  snapshot<T>(work: () => T): T {
    return this.#db.read((sql) => {
      sql('BEGIN').run();
      try {
        return work();
      } finally {
        sql('COMMIT').run();
      }
    });
  }

  askToCancel(run: RunId, { how, reason }: CancelRequest): void {
    this.#db.write((sql) => {
      const row = selectRun(sql, run);
      if (row === undefined) throw unknownRun(run);
      sql(
        `INSERT INTO cancel_requests VALUES (?, ?, ?) ON CONFLICT (run) DO UPDATE SET how = 'kill'`,
      ).run(row.n, how, reason);
    });
  }

  cancelAsked(run: RunId): CancelRequest | undefined {
    const held = this.#held.get(run);
    if (held === undefined) return undefined;
    return this.#db.read((sql) => {
      const dataVersion = Number(sql('PRAGMA data_version').get()?.['data_version']);
      if (dataVersion === held.dataVersion) return held.cancel;
      const row = sql('SELECT how, reason FROM cancel_requests WHERE run = ?').get(held.n);
      held.cancel = row as unknown as CancelRequest | undefined; // the cast is safe: the table is STRICT, and only askToCancel writes to it
      held.dataVersion = dataVersion;
      return held.cancel;
    });
  }

  remove(runs: readonly RunId[], mayGo: MayGo = () => true): RunId[] {
    return removeRuns(this.#db, runs, this.#isAlive, mayGo);
  }

  flush(): void {
    this.#db.flush();
  }

  [Symbol.dispose](): void {
    this.#letGoOfAll();
    this.#db[Symbol.dispose]();
  }

  /** Releases all runs, as no one can append through a closed store. If the disk refuses, they are released when the process ends. */
  #letGoOfAll(): void {
    try {
      for (const run of this.#held.keys()) this.release(run);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }

  #refusal(run: RunId, existing: RunRow): Error {
    const holder = holderOf(existing, this.#isAlive);
    if (holder !== undefined) return heldBy(run, holder);
    return existing.status === 'queued' && startOf(existing) === null
      ? waitsInQueue(run)
      : alreadyBegun(run);
  }

  #notHeld(sql: Sql, run: RunId): Error {
    const row = selectRun(sql, run);
    return row === undefined ? unknownRun(run) : notHeld(run, holderOf(row, this.#isAlive));
  }
}

function answerCancel(sql: Sql, n: number): void {
  sql('DELETE FROM cancel_requests WHERE run = ?').run(n);
}

function isStillHeld(sql: Sql, { n, epoch }: Held): boolean {
  return sql('SELECT 1 FROM runs WHERE n = ? AND epoch = ?').get(n, epoch) !== undefined;
}
