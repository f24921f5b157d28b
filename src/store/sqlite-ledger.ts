/** The ledger of ticks on SQLite. */
import { Fault } from '../model/fault.ts';
import type { Instant, RunId } from '../model/ids.ts';
import type { QueuedRun } from '../model/queued-run.ts';
import type { DecidedTick, DueTick, TickVerdict, TriggerId } from '../model/tick.ts';
import type { DefinitionWindow, TriggerDefinition } from '../model/trigger-definition.ts';
import { jsonIn } from './damage.ts';
import type { Database, Sql } from './database.ts';
import { leadsNoMore } from './held.ts';
import { insertQueued } from './queued-row.ts';
import { isLeading } from './sqlite-processes.ts';
import type {
  LedgerTransaction,
  OpenRun,
  TickLedger,
  TickQuery,
  TriggerRecord,
} from './tick-ledger.ts';

export class SqliteLedger implements TickLedger {
  readonly #db: Database;
  readonly #wakeOthers: () => void;

  /** `wakeOthers` tells the processes that wait for queued runs. */
  constructor(db: Database, wakeOthers: () => void) {
    this.#db = db;
    this.#wakeOthers = wakeOthers;
  }

  write<T>(epoch: number | undefined, work: (transaction: LedgerTransaction) => T): T {
    const { result, hasQueued } = this.#db.write((sql) => {
      if (epoch !== undefined && !isLeading(sql, epoch)) throw leadsNoMore();
      const transaction = new SqliteTransaction(sql);
      return { result: work(transaction), hasQueued: transaction.hasQueued };
    });
    if (hasQueued) this.#wakeOthers();
    return result;
  }

  triggers(): TriggerRecord[] {
    return this.#db
      .read((sql) => rowsOf<TriggerRow>(sql, `${TRIGGERS} ORDER BY name`))
      .map(recordOf);
  }

  ticks({ trigger, from, to, outcome, limit }: TickQuery = {}): DecidedTick[] {
    const conditions: readonly (readonly [string, string | number | undefined])[] = [
      ['trigger_n = (SELECT n FROM triggers WHERE name = ?)', trigger],
      ['coalesce(until, at) > ?', from],
      ['at <= ?', to],
      ['outcome = ?', outcome],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    const where = given.map(([condition]) => condition).join(' AND ') || 'true';
    const values = given.map(([, value]) => value!); // the others were left out
    return this.#db
      .read((sql) =>
        rowsOf<TickRow>(sql, `${TICKS} WHERE ${where} ORDER BY at DESC, ticks.n DESC LIMIT ?`, [
          ...values,
          limit ?? -1,
        ]),
      )
      .map(tickOf);
  }

  windows(trigger: TriggerId): DefinitionWindow[] {
    return this.#db
      .read((sql) =>
        rowsOf<WindowRow>(
          sql,
          `SELECT CAST(valid_from AS REAL) AS valid_from, CAST(valid_to AS REAL) AS valid_to, tz, definition
           FROM trigger_windows WHERE trigger_n = (SELECT n FROM triggers WHERE name = ?) ORDER BY valid_from`,
          [trigger],
        ),
      )
      .map((row) => ({
        from: row.valid_from,
        to: row.valid_to,
        tz: row.tz,
        definition: definitionIn(row.definition, trigger),
      }));
  }

  forgettable(before: Instant): number {
    const count = 'SELECT count(*) AS n FROM ticks WHERE coalesce(until, at) < ?';
    return Number(this.#db.read((sql) => sql(count).get(before))?.['n'] ?? 0);
  }

  forget(before: Instant): number {
    return this.#db.write((sql) => {
      // A row that stands for several ticks is kept whole, and with it all that follows.
      const spans = `SELECT min(at) FROM ticks AS spanning WHERE spanning.trigger_n = triggers.n AND until >= ?1`;
      sql(
        `UPDATE triggers SET forgotten_to = max(coalesce(forgotten_to, 0), min(?1, coalesce((${spans}), ?1)))`,
      ).run(before);
      const { changes } = sql(
        `DELETE FROM ticks WHERE coalesce(until, at) < (SELECT forgotten_to FROM triggers WHERE triggers.n = trigger_n)`,
      ).run();
      sql(
        `DELETE FROM trigger_windows WHERE valid_to < (SELECT forgotten_to FROM triggers WHERE triggers.n = trigger_n)`,
      ).run();
      return Number(changes);
    });
  }
}

class SqliteTransaction implements LedgerTransaction {
  readonly #sql: Sql;
  hasQueued = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  trigger(trigger: TriggerId): TriggerRecord | undefined {
    const [row] = rowsOf<TriggerRow>(this.#sql, `${TRIGGERS} WHERE name = ?`, [trigger]);
    return row && recordOf(row);
  }

  put({
    trigger,
    definition,
    tz,
    decidedTo,
    armed,
    cursor,
    forgottenTo,
    ...rest
  }: TriggerRecord): void {
    this.#sql(
      `INSERT INTO triggers (name, definition, tz, decided_to, armed, pause, streak, cursor, forgotten_to)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (name) DO UPDATE SET definition = ?2, tz = ?3, decided_to = ?4,
         armed = ?5, pause = ?6, streak = ?7, cursor = ?8, forgotten_to = ?9`,
    ).run(
      trigger,
      definition && JSON.stringify(definition),
      tz,
      decidedTo,
      armed,
      rest.pause && JSON.stringify(rest.pause),
      rest.streak && JSON.stringify(rest.streak),
      cursor,
      forgottenTo,
    );
  }

  closeWindow(trigger: TriggerId, to: Instant): void {
    this.#sql(
      `UPDATE trigger_windows SET valid_to = ? WHERE valid_to IS NULL AND trigger_n = (SELECT n FROM triggers WHERE name = ?)`,
    ).run(to, trigger);
  }

  openWindow({ from, tz, definition }: Omit<DefinitionWindow, 'to'>): void {
    this.#sql(
      `INSERT OR REPLACE INTO trigger_windows SELECT n, ?, NULL, ?, ? FROM triggers WHERE name = ?`,
    ).run(from, tz, JSON.stringify(definition), definition.trigger);
  }

  has(trigger: TriggerId, { at, firing }: Pick<DueTick, 'at' | 'firing'>): boolean {
    const row = this.#sql(
      `SELECT 1 FROM ticks JOIN triggers ON triggers.n = trigger_n
       WHERE name = ?1 AND (firing = ?2 OR (at <= ?3 AND until >= ?3)) LIMIT 1`,
    ).get(trigger, firing, at);
    return row !== undefined;
  }

  add(tick: DecidedTick): void {
    const { trigger, at, firing, verdict, decidedAt, decidedBy, tz, row } = tick;
    if (this.has(trigger, tick)) return;
    const { outcome, ...why } = verdict;
    this.#sql(
      `INSERT INTO ticks (trigger_n, firing, at, until, count, outcome, why, decided_at, decided_by, tz)
       SELECT n, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM triggers WHERE name = ?`,
    ).run(
      firing,
      at,
      row?.until ?? null,
      row?.count ?? null,
      outcome,
      JSON.stringify(why),
      decidedAt,
      decidedBy,
      tz,
      trigger,
    );
  }

  extend(
    { trigger, firing }: Pick<DecidedTick, 'trigger' | 'firing'>,
    until: Instant,
    count: number,
  ): void {
    this.#sql(
      `UPDATE ticks SET until = ?3, count = coalesce(count, 1) + ?4
       WHERE trigger_n = (SELECT n FROM triggers WHERE name = ?1) AND firing = ?2`,
    ).run(trigger, firing, until, count);
  }

  enqueue(run: QueuedRun): boolean {
    const isAdded = insertQueued(this.#sql, run);
    this.hasQueued ||= isAdded;
    return isAdded;
  }

  openRuns(lane: string): OpenRun[] {
    return this.#sql(
      `SELECT run_id, queued_runs.run IS NULL AS begun FROM lanes JOIN runs ON runs.n = lanes.run
         LEFT JOIN queued_runs ON queued_runs.run = lanes.run
       WHERE lanes.name = ? AND (begun OR lanes.run NOT IN (SELECT run FROM cancel_requests)) ORDER BY begun DESC, runs.n`,
    )
      .all(lane)
      .map((row) => ({ runId: String(row['run_id']), hasBegun: row['begun'] === 1 }));
  }

  cancel(run: RunId, reason: string): void {
    this.#sql(
      `INSERT OR IGNORE INTO cancel_requests SELECT n, 'drain', ? FROM runs WHERE run_id = ?`,
    ).run(reason, run);
  }
}

/** Times are floating-point: an integer beyond the safe range would make Node fail the whole list. */
const TRIGGERS = `SELECT name, definition, tz, CAST(decided_to AS REAL) AS decided_to, CAST(armed AS REAL) AS armed, pause, streak,
  CAST(cursor AS REAL) AS cursor, CAST(forgotten_to AS REAL) AS forgotten_to FROM triggers`;

const TICKS = `SELECT name, firing, CAST(at AS REAL) AS at, CAST(until AS REAL) AS until, count, outcome, why,
  CAST(decided_at AS REAL) AS decided_at, decided_by, ticks.tz FROM ticks JOIN triggers ON triggers.n = trigger_n`;

interface TriggerRow {
  readonly name: string;
  readonly definition: string | null;
  readonly tz: string;
  readonly decided_to: number;
  readonly armed: number | null;
  readonly pause: string | null;
  readonly streak: string | null;
  readonly cursor: number | null;
  readonly forgotten_to: number | null;
}

interface TickRow {
  readonly name: string;
  readonly firing: string;
  readonly at: number;
  readonly until: number | null;
  readonly count: number | null;
  readonly outcome: string;
  readonly why: string;
  readonly decided_at: number;
  readonly decided_by: string;
  readonly tz: string;
}

interface WindowRow {
  readonly valid_from: number;
  readonly valid_to: number | null;
  readonly tz: string;
  readonly definition: string;
}

function rowsOf<Row>(sql: Sql, text: string, values: readonly (string | number)[] = []): Row[] {
  return sql(text).all(...values) as unknown as Row[]; // the cast is safe: the tables are STRICT
}

function recordOf(row: TriggerRow): TriggerRecord {
  const { name: trigger } = row;
  return {
    trigger,
    definition: row.definition === null ? null : definitionIn(row.definition, trigger),
    tz: row.tz,
    decidedTo: row.decided_to,
    armed: row.armed,
    // The casts are safe: `put` wrote them.
    pause: partIn(row.pause, trigger) as TriggerRecord['pause'],
    streak: partIn(row.streak, trigger) as TriggerRecord['streak'],
    cursor: row.cursor,
    forgottenTo: row.forgotten_to,
  };
}

function tickOf(row: TickRow): DecidedTick {
  const { name: trigger, firing, at, outcome, until, count, tz } = row;
  return {
    trigger,
    at,
    firing,
    // The cast is safe: `add` took them apart.
    verdict: { outcome, ...partIn(row.why, trigger) } as TickVerdict,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
    tz,
    ...(until === null || count === null ? {} : { row: { until, count } }),
  };
}

function definitionIn(text: string, trigger: TriggerId): TriggerDefinition {
  return partIn(text, trigger) as unknown as TriggerDefinition; // the cast is safe: `put` and `openWindow` wrote it
}

function partIn(text: string | null, trigger: TriggerId): object | null {
  if (text === null) return null;
  const part = jsonIn(text);
  if (typeof part === 'object') return part;
  throw new Fault('DP8004', `the record of trigger "${trigger}" is damaged`);
}
