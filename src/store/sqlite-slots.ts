/**
 * Pool slots as rows. A row counts while a living process holds its run under the same epoch; so a
 * slot is free as soon as its holder dies, and there is nothing to repair.
 */
import type { Instant, RunId } from '../model/ids.ts';
import type { Database, Sql } from './database.ts';
import type { PoolSlot, PoolSlots } from './pool-slots.ts';
import {
  askedOnce,
  HOLDER_COLUMNS,
  type HolderColumns,
  holderOf,
  type Liveness,
} from './run-row.ts';

/** A waiting run that has not asked for this long loses its place in the queue: its process may be stopped. */
const PATIENCE_MS = 5_000;

interface SlotRow extends HolderColumns {
  readonly n: number;
  readonly pool: string;
  readonly unit: string;
  /** Null: the slot is held. */
  readonly asked_at: number | null;
}

export interface SqliteSlotsParts {
  readonly db: Database;
  readonly isAlive: Liveness;
  /** Returns the epoch under which the store holds the run, as far as it knows. */
  readonly epochOf: (run: RunId) => number | undefined;
  /** Returns the error for a store that does not hold the run. */
  readonly refusal: (sql: Sql, run: RunId) => Error;
}

export class SqliteSlots implements PoolSlots {
  readonly #db: Database;
  readonly #isAlive: Liveness;
  readonly #epochOf: (run: RunId) => number | undefined;
  readonly #refusal: (sql: Sql, run: RunId) => Error;

  constructor({ db, isAlive, epochOf, refusal }: SqliteSlotsParts) {
    this.#db = db;
    this.#isAlive = isAlive;
    this.#epochOf = epochOf;
    this.#refusal = refusal;
  }

  take(slot: PoolSlot, most: number, now: Instant): boolean {
    const epoch = this.#epochOf(slot.run);
    return this.#db.write((sql) => {
      if (epoch === undefined || !isHeldUnder(sql, slot.run, epoch))
        throw this.#refusal(sql, slot.run);
      clearVoid(sql);
      const rows = living(sql, this.#isAlive).filter(({ pool }) => pool === slot.pool);
      if (rows.some((row) => row.asked_at === null && isSame(row, slot))) return true;
      const before = rows.filter((row) => comesBefore(row, placeOf(rows, slot), slot, now));
      if (before.length >= most) {
        insert(sql, { ...slot, unit: WAITING }, now);
        return false;
      }
      remove(sql, { ...slot, unit: WAITING }, epoch);
      insert(sql, slot, null);
      return true;
    });
  }

  giveBack(slot: PoolSlot): void {
    const epoch = this.#epochOf(slot.run);
    if (epoch !== undefined) this.#db.write((sql) => remove(sql, slot, epoch));
  }

  held(): PoolSlot[] {
    return this.#living()
      .filter((row) => row.asked_at === null)
      .map(({ pool, run_id: run, unit }) => ({ pool, run, unit }));
  }

  waiting(): Omit<PoolSlot, 'unit'>[] {
    return this.#living()
      .filter((row) => row.asked_at !== null)
      .map(({ pool, run_id: run }) => ({ pool, run }));
  }

  #living(): SlotRow[] {
    return this.#db.read((sql) => living(sql, this.#isAlive));
  }
}

/** A run waits for a pool as a whole, not for each of its units. */
const WAITING = '';

/** Returns the position of the run in the pool's queue; the end when it has not asked before. */
function placeOf(rows: readonly SlotRow[], { run }: PoolSlot): number {
  return rows.find((row) => row.run_id === run && row.asked_at !== null)?.n ?? Infinity;
}

function comesBefore(row: SlotRow, place: number, { run }: PoolSlot, now: Instant): boolean {
  if (row.asked_at === null) return true;
  return row.run_id !== run && row.n < place && Math.abs(now - row.asked_at) < PATIENCE_MS;
}

const isSame = (row: SlotRow, { run, unit }: PoolSlot): boolean =>
  row.run_id === run && row.unit === unit;

const isHeldUnder = (sql: Sql, run: RunId, epoch: number): boolean =>
  sql('SELECT 1 FROM runs WHERE run_id = ? AND epoch = ?').get(run, epoch) !== undefined;

function living(sql: Sql, isAlive: Liveness): SlotRow[] {
  const rows = sql(
    `SELECT slots.n, pool, run_id, unit, asked_at, ${HOLDER_COLUMNS}
     FROM slots JOIN runs ON runs.n = slots.run AND runs.epoch = slots.epoch
     WHERE owner IS NOT NULL ORDER BY slots.n`,
  ).all() as unknown as SlotRow[]; // the cast is safe: the tables are STRICT, and only this room writes to them
  const isAliveOnce = askedOnce(isAlive);
  return rows.filter((row) => holderOf(row, isAliveOnce) !== undefined);
}

/** Deletes rows of runs that are gone, released, or acquired by another process. */
function clearVoid(sql: Sql): void {
  sql(
    `DELETE FROM slots WHERE NOT EXISTS (SELECT 1 FROM runs
       WHERE runs.n = slots.run AND runs.epoch = slots.epoch AND runs.owner IS NOT NULL)`,
  ).run();
}

/** Returns slots on record that are not counted: their holder is dead, has released them, or was replaced. */
export function slotsOfNobody(sql: Sql, isAlive: Liveness): (PoolSlot & { readonly n: number })[] {
  const counting = new Set(living(sql, isAlive).map(({ n }) => n));
  const rows = sql(
    `SELECT slots.n, pool, ifnull(run_id, '') AS run, unit
     FROM slots LEFT JOIN runs ON runs.n = slots.run WHERE asked_at IS NULL ORDER BY slots.n`,
  ).all() as unknown as (PoolSlot & { n: number })[]; // the cast is safe: as in `living`
  return rows.filter(({ n }) => !counting.has(n));
}

function insert(sql: Sql, { pool, run, unit }: PoolSlot, askedAt: Instant | null): void {
  sql(
    `INSERT INTO slots (pool, run, epoch, unit, asked_at)
     SELECT ?, n, epoch, ?, ? FROM runs WHERE run_id = ?
     ON CONFLICT (pool, run, unit) DO UPDATE SET epoch = excluded.epoch, asked_at = excluded.asked_at`,
  ).run(pool, unit, askedAt, run);
}

function remove(sql: Sql, { pool, run, unit }: PoolSlot, epoch: number): void {
  sql(
    `DELETE FROM slots
     WHERE pool = ? AND unit = ? AND epoch = ? AND run = (SELECT n FROM runs WHERE run_id = ?)`,
  ).run(pool, unit, epoch, run);
}
