/** The queue of runs on SQLite: a row for each run that has not begun, beside the row that every run has. */
import type { Owner } from '../model/event.ts';
import type { Instant } from '../model/ids.ts';
import type { QueuedRun } from '../model/queued-run.ts';
import { wholeOnes } from './damage.ts';
import type { Database, Sql } from './database.ts';
import { beatNow } from './process-identity.ts';
import { insertQueued, lanesOf, type QueuedRow, queuedOf } from './queued-row.ts';
import type { RunQueue, TakenRun } from './run-queue.ts';
import { askedOnce, COLUMNS, holderOf, type Liveness, type RunRow } from './run-row.ts';

export interface SqliteQueuePorts {
  readonly db: Database;
  readonly isAlive: Liveness;
  /** Called when a run was added. */
  readonly wakeOthers: () => void;
  /** Called when the store has acquired a run, with its row as it was before and its new epoch. */
  readonly hold: (row: RunRow, epoch: number) => void;
}

/** Live runs first, then in the order in which they were queued. */
const QUEUED = `SELECT ${COLUMNS}, priority, losses FROM queued_runs JOIN runs ON n = queued_runs.run`;
const IN_ORDER = 'ORDER BY priority, n';

export class SqliteQueue implements RunQueue {
  readonly #ports: SqliteQueuePorts;

  constructor(ports: SqliteQueuePorts) {
    this.#ports = ports;
  }

  put(run: QueuedRun): boolean {
    const isAdded = this.#ports.db.write((sql) => insertQueued(sql, run));
    if (isAdded) this.#ports.wakeOthers();
    return isAdded;
  }

  take(owner: Owner, most: number, atOnce = Infinity): TakenRun[] {
    const { db, hold } = this.#ports;
    const isAlive = askedOnce(this.#ports.isAlive);
    if (most <= 0 || db.read(isEmpty)) return [];
    const taken = db.write((sql) => {
      const next = nextOnes(sql, { most, atOnce, isAlive });
      for (const one of next) acquire(sql, one, owner);
      return next;
    });
    for (const { row } of taken) hold(row, row.epoch + 1);
    return taken.map(({ run, losses }) => ({ run, losses }));
  }

  waiting(): number {
    const isAlive = askedOnce(this.#ports.isAlive);
    return this.#ports.db.read(
      (sql) => rowsOf(sql, QUEUED).filter((row) => holderOf(row, isAlive) === undefined).length,
    );
  }

  oldestReady(atOnce = Infinity): Instant | undefined {
    const isAlive = askedOnce(this.#ports.isAlive);
    const next = this.#ports.db.read((sql) =>
      isEmpty(sql) ? [] : nextOnes(sql, { most: Infinity, atOnce, isAlive }),
    );
    return next.map(({ run }) => run.queuedAt).reduce(earlier, undefined);
  }
}

const earlier = (one: Instant | undefined, other: Instant): Instant =>
  Math.min(one ?? other, other);

function isEmpty(sql: Sql): boolean {
  return sql('SELECT 1 FROM queued_runs LIMIT 1').get() === undefined;
}

interface Asked {
  readonly most: number;
  readonly atOnce: number;
  readonly isAlive: Liveness;
}

/** Returns how many runs of the queue have begun and not ended. */
function begunOf(sql: Sql): number {
  const row = sql(
    `SELECT count(*) AS begun FROM runs WHERE status IN ('queued', 'running') AND queued_at IS NOT NULL AND plan_id <> ''`,
  ).get();
  return Number(row?.['begun']);
}

/** Returns the runs that may begin now, in order. */
function nextOnes(
  sql: Sql,
  { most, atOnce, isAlive }: Asked,
): (TakenRun & { readonly row: QueuedRow })[] {
  const lanes = new LanesInUse(sql);
  const held = rowsOf(sql, `${QUEUED} WHERE owner IS NOT NULL`).filter(
    (row) => holderOf(row, isAlive) !== undefined,
  );
  for (const { n } of held) lanes.enter(n);
  const room = Math.min(most, atOnce - held.length - begunOf(sql));
  const rows = sql(`${QUEUED} ${IN_ORDER}`).iterate() as Iterable<unknown> as Iterable<QueuedRow>; // the cast is safe: the tables are STRICT
  // A damaged row stays in the queue, for the examination of the state to report.
  const free = wholeOnes(
    rows,
    (row) => freeOf(sql, row, isAlive),
    () => undefined,
  );
  const taken = [];
  for (const next of free) {
    if (taken.length >= room) break;
    if (next === undefined || !lanes.haveRoomFor(next.row.n)) continue;
    lanes.enter(next.row.n);
    taken.push(next);
  }
  return taken;
}

/** Returns undefined for a run that a living process has taken. */
function freeOf(
  sql: Sql,
  row: QueuedRow,
  isAlive: Liveness,
): (TakenRun & { readonly row: QueuedRow }) | undefined {
  if (holderOf(row, isAlive) !== undefined) return undefined;
  const losses = row.losses + (row.owner === null ? 0 : 1);
  return { run: queuedOf(sql, row), losses, row };
}

function acquire(
  sql: Sql,
  { row, losses }: { readonly row: QueuedRow; readonly losses: number },
  owner: Owner,
): void {
  const { at, uptimeMs } = beatNow();
  sql('UPDATE runs SET epoch = ?, owner = ?, beat_at = ?, beat_uptime = ? WHERE n = ?').run(
    row.epoch + 1,
    JSON.stringify(owner),
    at,
    uptimeMs,
    row.n,
  );
  sql('UPDATE queued_runs SET losses = ? WHERE run = ?').run(losses, row.n);
}

/** How many runs of each lane go on: those that have begun and not ended, and those that a living process is about to begin. */
class LanesInUse {
  readonly #sql: Sql;
  readonly #inUse = new Map<string, number>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  haveRoomFor(n: number): boolean {
    return lanesOf(this.#sql, n).every(({ name, most }) => this.#of(name) < most);
  }

  enter(n: number): void {
    for (const { name } of lanesOf(this.#sql, n)) this.#inUse.set(name, this.#of(name) + 1);
  }

  #of(lane: string): number {
    const begun = `SELECT count(*) AS begun FROM lanes WHERE name = ? AND run NOT IN (SELECT run FROM queued_runs)`;
    return this.#inUse.get(lane) ?? Number(this.#sql(begun).get(lane)?.['begun']);
  }
}

const rowsOf = (sql: Sql, text: string): QueuedRow[] => sql(text).all() as unknown as QueuedRow[]; // the cast is safe: the tables are STRICT
