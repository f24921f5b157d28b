/** Daemons and runners on SQLite: a row for each process, and one for the lease of the leader. */
import { isOwner } from '../model/event-shape.ts';
import type { Owner } from '../model/event.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { jsonIn } from './damage.ts';
import type { Database, Sql } from './database.ts';
import { beatNow, isVisible, SILENT_AFTER_MS } from './process-identity.ts';
import type { Processes, ProcessRecord } from './processes.ts';
import type { Liveness } from './run-row.ts';

/** The lease of the daemon that decides about ticks. */
const LEADER = 'leader';

export class SqliteProcesses implements Processes {
  readonly #db: Database;
  readonly #isAlive: Liveness;

  constructor(db: Database, isAlive: Liveness) {
    this.#db = db;
    this.#isAlive = isAlive;
  }

  enter({ kind, owner, since, version, told }: Omit<ProcessRecord, 'n' | 'leads'>): number {
    const { at, uptimeMs } = beatNow();
    const { lastInsertRowid } = this.#db.write((sql) => {
      for (const row of rowsOf(sql)) if (!this.#isThere(row)) remove(sql, row.n);
      return sql(
        `INSERT INTO processes (kind, owner, since, version, beat_at, beat_uptime, told)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).run(kind, JSON.stringify(owner), since, version, at, uptimeMs, textOf(told));
    });
    return Number(lastInsertRowid);
  }

  leave(n: number): void {
    this.#db.write((sql) => remove(sql, n));
  }

  beat(n: number, told?: JsonObject): boolean {
    const { at, uptimeMs } = beatNow();
    const { changes } = this.#db.write((sql) =>
      sql(
        'UPDATE processes SET beat_at = ?, beat_uptime = ?, told = coalesce(?, told) WHERE n = ?',
      ).run(at, uptimeMs, textOf(told), n),
    );
    return changes > 0;
  }

  list(): ProcessRecord[] {
    const rows = this.#db.read(rowsOf).filter((row) => this.#isThere(row));
    return rows.flatMap((row) => {
      const { n, kind, since, version, leads } = row;
      const [owner, told] = [ownerOf(row), row.told === null ? undefined : jsonIn(row.told)];
      if (owner === undefined || (kind !== 'daemon' && kind !== 'runner')) return [];
      const said = isJsonObject(told) ? { told } : {};
      return { n, kind, owner, since, version, leads: leads === 1, ...said };
    });
  }

  lead(n: number): number | undefined {
    return this.#db.write((sql) => {
      const rows = rowsOf(sql);
      const own = rows.find((row) => row.n === n);
      if (own === undefined) return undefined;
      const leader = rows.find(({ leads }) => leads === 1);
      if (leader?.n === n) return epochOf(sql);
      if (leader !== undefined && (this.#isThere(leader) || mayBeat(leader, own))) return undefined;
      const epoch = epochOf(sql) + 1;
      sql(
        `INSERT INTO leases VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET process = ?2, epoch = ?3`,
      ).run(LEADER, n, epoch);
      return epoch;
    });
  }

  #isThere(row: ProcessRow): boolean {
    const owner = ownerOf(row);
    const last = { at: row.beat_at, uptimeMs: row.beat_uptime };
    return owner !== undefined && this.#isAlive(owner, last);
  }
}

/** A leader elsewhere that was alone had no need to beat; it begins when it notices the new process. */
function mayBeat(leader: ProcessRow, { since }: ProcessRow): boolean {
  const owner = ownerOf(leader);
  const isElsewhere = owner !== undefined && !isVisible(owner);
  return isElsewhere && Math.abs(Date.now() - since) < SILENT_AFTER_MS;
}

/** Returns whether `epoch` is the fencing number of the present leader, in the transaction of `sql`. */
export function isLeading(sql: Sql, epoch: number): boolean {
  return epochOf(sql) === epoch;
}

interface ProcessRow {
  readonly n: number;
  readonly kind: string;
  readonly owner: string;
  readonly since: number;
  readonly version: string;
  readonly beat_at: number;
  readonly beat_uptime: number;
  readonly told: string | null;
  readonly leads: number;
}

/** Returns the processes that entered and did not leave, alive or not. */
function rowsOf(sql: Sql): ProcessRow[] {
  const rows = sql(
    `SELECT n, kind, owner, CAST(since AS REAL) AS since, version, CAST(beat_at AS REAL) AS beat_at,
       CAST(beat_uptime AS REAL) AS beat_uptime, told,
       n IN (SELECT process FROM leases WHERE name = ?) AS leads
     FROM processes ORDER BY n`,
  ).all(LEADER);
  return rows as unknown as ProcessRow[]; // the cast is safe: the table is STRICT
}

function ownerOf({ owner }: ProcessRow): Owner | undefined {
  const read = jsonIn(owner);
  return isOwner(read) ? read : undefined;
}

/** The number of the lease stays on record when its holder leaves, so that no number is given twice. */
function remove(sql: Sql, n: number): void {
  sql('DELETE FROM processes WHERE n = ?').run(n);
}

function epochOf(sql: Sql): number {
  return Number(sql('SELECT epoch FROM leases WHERE name = ?').get(LEADER)?.['epoch'] ?? 0);
}

const textOf = (told: JsonObject | undefined): string | null =>
  told === undefined ? null : JSON.stringify(told);
