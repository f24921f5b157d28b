/** Maintenance on SQLite: no transaction stays open between two pages. */
import { isLifecycle, type Owner, type RecordedEvent } from '../model/event.ts';
import type { Instant, RunId } from '../model/ids.ts';
import type { ResultRef } from '../model/result.ts';
import { applyEvent, emptyRun } from '../model/run.ts';
import { type Database, openShared } from './database.ts';
import { CACHE_ROWS, cacheEntryOf, type CacheRow, deleteCached } from './cache-row.ts';
import { contradictionsIn } from './contradictions.ts';
import { type HearDamage, wholeOnes } from './damage.ts';
import { insertEvents, outcomeIn } from './event-row.ts';
import { alreadyHere } from './held.ts';
import type {
  AdoptedRun,
  CacheEntryName,
  Maintenance,
  RecordedOutput,
  RunFact,
} from './maintenance.ts';
import { MIGRATIONS, inWords } from './migrations.ts';
import type { PoolSlot } from './pool-slots.ts';
import { isAlive as isAliveHere, isVisible } from './process-identity.ts';
import {
  askedOnce,
  COLUMNS,
  holderOf,
  type Liveness,
  ownerOf,
  type RunRow,
  selectRun,
  summaryOf,
} from './run-row.ts';
import type { CacheEntry } from './run-store.ts';
import { slotsOfNobody } from './sqlite-slots.ts';
import { databaseIn, makeFolder } from './state-folder.ts';
import { openTraceless } from './traceless.ts';

export interface MaintenanceOptions {
  readonly folder: string;
  /** Writes nothing; methods that write throw. */
  readonly readOnly: boolean;
  readonly isAlive?: Liveness;
}

/** Throws like `openSqliteStore`. */
export function openMaintenance({ folder, readOnly, isAlive }: MaintenanceOptions): Maintenance {
  const path = databaseIn(folder);
  const liveness = askedOnce(isAlive ?? ((owner, last) => isAliveHere(owner, last)));
  if (readOnly) return new SqliteMaintenance(openTraceless(path, MIGRATIONS), liveness);
  makeFolder(folder);
  const db = openShared({ path, durability: 'run', migrations: MIGRATIONS });
  return new SqliteMaintenance(db, liveness);
}

const ROWS_A_PAGE = 1_000;

class SqliteMaintenance implements Maintenance {
  readonly #db: Database;
  readonly #isAlive: Liveness;

  constructor(db: Database, isAlive: Liveness) {
    this.#db = db;
    this.#isAlive = isAlive;
  }

  *runs(hear?: HearDamage): Generator<RunFact> {
    const pages = this.#pages<FactRow>(
      `SELECT ${COLUMNS},
         (SELECT CAST(time AS REAL) FROM events WHERE run = runs.n ORDER BY seq DESC LIMIT 1) AS last_at
       FROM runs WHERE n < ? ORDER BY n DESC LIMIT ${ROWS_A_PAGE}`,
      [Number.MAX_SAFE_INTEGER],
      ({ n }) => [n],
    );
    const read = (row: FactRow): RunFact => factOf(row, this.#isAlive);
    yield* wholeOnes(pages, read, hear && ((fault, row) => hear(fault, row.run_id)));
  }

  *outputs(hear?: HearDamage): Generator<RecordedOutput> {
    const pages = this.#pages<OutputRow>(
      `SELECT outcomes.pipeline, outcomes.task, outcomes.run, run_id, data FROM outcomes
       JOIN runs ON runs.n = outcomes.run
       JOIN events ON events.run = outcomes.run AND events.seq = outcomes.seq
       WHERE (outcomes.pipeline, outcomes.task, outcomes.run) > (?, ?, ?)
       ORDER BY outcomes.pipeline, outcomes.task, outcomes.run LIMIT ${ROWS_A_PAGE}`,
      ['', '', 0],
      ({ pipeline, task, run }) => [pipeline, task, run],
    );
    const read = ({ run_id: runId, task, data }: OutputRow): RecordedOutput => ({
      runId,
      task,
      ...outcomeIn(data, runId, task),
    });
    yield* wholeOnes(pages, read, hear && ((fault, row) => hear(fault, row.run_id)));
  }

  outputsOf(run: RunId): ResultRef[] {
    const rows = this.#db.read((sql) =>
      sql(
        `SELECT outcomes.task, data FROM runs JOIN outcomes ON outcomes.pipeline = runs.pipeline AND outcomes.run = runs.n
         JOIN events ON events.run = outcomes.run AND events.seq = outcomes.seq WHERE run_id = ?`,
      ).all(run),
    );
    return rows.map((row) => outcomeIn(row['data'], run, String(row['task'])).output);
  }

  *cacheEntries(): Generator<CacheEntry> {
    for (const row of this.#cacheRows()) {
      const entry = cacheEntryOf(row);
      if (entry !== undefined) yield entry;
    }
  }

  *damagedCacheEntries(): Generator<CacheEntryName> {
    for (const row of this.#cacheRows()) {
      const { key, run_id: run, task, stored_at: storedAt } = row;
      if (cacheEntryOf(row) === undefined) yield { key, run, task, storedAt };
    }
  }

  #cacheRows(): Generator<CacheRow> {
    return this.#pages<CacheRow>(
      `${CACHE_ROWS} WHERE cache.key > ? ORDER BY cache.key LIMIT ${ROWS_A_PAGE}`,
      [''],
      ({ key }) => [key],
    );
  }

  cacheHits(): { hits: number; savedMs: number } {
    return this.#db.read((sql) => {
      // A reused result took as long as the run that computed it reports, while that run is on record.
      const row = sql(
        `SELECT count(*) AS hits, total((
           SELECT json_extract(made.data, '$.durationMs') FROM runs
           JOIN events AS made ON made.run = runs.n AND made.topic = 'run.task.succeeded'
             AND made.task = hit.task AND made.element IS NULL
           WHERE runs.run_id = json_extract(hit.data, '$.fromRun') ORDER BY made.seq DESC LIMIT 1
         )) AS saved
         FROM events AS hit WHERE hit.topic = 'run.task.cached'`,
      ).get();
      return { hits: Number(row?.['hits']), savedMs: Number(row?.['saved']) };
    });
  }

  forget(entries: readonly CacheEntryName[]): number {
    let dropped = 0;
    for (let at = 0; at < entries.length; at += ROWS_A_PAGE) {
      const step = entries.slice(at, at + ROWS_A_PAGE);
      dropped += this.#db.write((sql) => {
        const rows = sql(
          'SELECT key FROM cache WHERE key >= ? AND key < ? AND run_id = ? AND stored_at = ?',
        );
        const found = step.flatMap(({ key, run, storedAt }) =>
          rows.all(key, `${key}$`, run, storedAt).map((row) => String(row['key'])),
        );
        for (const rowKey of found) deleteCached(sql, rowKey);
        return found.length;
      });
    }
    return dropped;
  }

  publishedBefore(instant: Instant): number {
    const count = 'SELECT count(*) AS n FROM published_events WHERE time < ?';
    return Number(this.#db.read((sql) => sql(count).get(instant))?.['n'] ?? 0);
  }

  forgetPublished(before: Instant): number {
    return this.#db.write((sql) => {
      const { changes } = sql('DELETE FROM published_events WHERE time < ?').run(before);
      sql(
        'DELETE FROM received_events WHERE position NOT IN (SELECT position FROM published_events)',
      ).run();
      return Number(changes);
    });
  }

  isListed(run: RunId): boolean {
    return this.#db.read((sql) => selectRun(sql, run)) !== undefined;
  }

  isHeld(run: RunId): boolean {
    const row = this.#db.read((sql) => selectRun(sql, run));
    return row !== undefined && holderOf(row, this.#isAlive) !== undefined;
  }

  epochOf(run: RunId): number | undefined {
    return this.#db.read((sql) => selectRun(sql, run))?.epoch;
  }

  whileUnlisted(run: RunId, act: () => void): boolean {
    return this.#db.write((sql) => {
      if (selectRun(sql, run) !== undefined) return false;
      act();
      return true;
    });
  }

  whileUnheld(run: RunId, act: () => void): boolean {
    return this.#db.write((sql) => {
      const row = selectRun(sql, run);
      if (row !== undefined && holderOf(row, this.#isAlive) !== undefined) return false;
      act();
      return true;
    });
  }

  adopt(run: AdoptedRun, events: Iterable<RecordedEvent>, place: () => void): void {
    const { runId, pipeline, planId, file, startedAt, request, importedAt } = run;
    const startedBy = run.startedBy === undefined ? null : JSON.stringify(run.startedBy);
    this.#db.write((sql) => {
      if (selectRun(sql, runId) !== undefined) throw alreadyHere(runId);
      const { lastInsertRowid } = sql(
        `INSERT INTO runs (run_id, pipeline, plan_id, file, status, started_at, epoch, imported_at, started_by, queued_at)
         VALUES (?, ?, ?, ?, 'queued', ?, 1, ?, ?, ?)`,
      ).run(runId, pipeline, planId, file, startedAt, importedAt, startedBy, run.queuedAt ?? null);
      const n = Number(lastInsertRowid);
      sql('INSERT INTO requests VALUES (?, ?)').run(n, request);
      const record = emptyRun(runId);
      let after = 0;
      let host: string | null = null;
      for (const event of events) {
        host = executorOf(event)?.host ?? host;
        insertEvents(sql, { pipeline, run: n, after: after++ }, [event]);
        applyEvent(record, event);
      }
      sql(
        'UPDATE runs SET status = ?, finished_at = ?, duration_ms = ?, imported_from = ? WHERE n = ?',
      ).run(record.status, record.finishedAt ?? null, record.durationMs ?? null, host, n);
      place();
    });
    this.#db.flush();
  }

  letGoOfTheDead(): RunId[] {
    return this.#db.write((sql) => {
      // A queued run without a holder would wait for one; with a dead one it shows as crashed, which it is.
      const rows = sql(
        `SELECT ${COLUMNS} FROM runs WHERE owner IS NOT NULL AND status <> 'queued'`,
      ).all();
      // The cast is safe: the table is STRICT. A row with an unreadable holder is left as it is.
      const read = (row: RunRow): RunRow[] =>
        holderOf(row, this.#isAlive) === undefined ? [row] : [];
      const dead = [...wholeOnes(rows as unknown as RunRow[], read, () => undefined)].flat();
      for (const { n } of dead) sql('UPDATE runs SET owner = NULL WHERE n = ?').run(n);
      return dead.map((row) => row.run_id);
    });
  }

  slotsOfNobody(): PoolSlot[] {
    const slots = this.#db.read((sql) => slotsOfNobody(sql, this.#isAlive));
    return slots.map(({ pool, run, unit }) => ({ pool, run, unit }));
  }

  clearSlotsOfNobody(): void {
    this.#db.write((sql) => {
      for (const { n } of slotsOfNobody(sql, this.#isAlive))
        sql('DELETE FROM slots WHERE n = ?').run(n);
    });
  }

  version(): string {
    const row = this.#db.read((sql) => sql('PRAGMA user_version').get());
    return inWords(Number(row?.['user_version']));
  }

  damage(): string[] {
    const rows = this.#db.read((sql) => sql('PRAGMA integrity_check').all());
    return rows.map((row) => String(row['integrity_check'])).filter((said) => said !== 'ok');
  }

  contradictions(): string[] {
    return this.#db.read(contradictionsIn);
  }

  [Symbol.dispose](): void {
    this.#db[Symbol.dispose]();
  }

  /** Yields rows after `start`, page by page; `keyOf` of the last row is where the next page starts. */
  *#pages<Row>(
    text: string,
    start: readonly (string | number)[],
    keyOf: (row: Row) => readonly (string | number)[],
  ): Generator<Row> {
    for (let from = start; ;) {
      // The cast is safe: the tables are STRICT, and only this room writes to them.
      const rows = this.#db.read((sql) => sql(text).all(...from)) as unknown as Row[];
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_A_PAGE) return;
      from = keyOf(last);
    }
  }
}

function executorOf(event: RecordedEvent): Owner | undefined {
  if (!isLifecycle(event)) return undefined;
  const isTaking = event.topic === 'run.started' || event.topic === 'run.resumed';
  return isTaking ? event.data.owner : undefined;
}

interface FactRow extends RunRow {
  readonly last_at: number | null;
}

interface OutputRow {
  readonly pipeline: string;
  readonly task: string;
  readonly run: number;
  readonly run_id: string;
  readonly data: string;
}

function factOf(row: FactRow, isAlive: Liveness): RunFact {
  const owner = ownerOf(row);
  return {
    ...summaryOf(row, isAlive),
    toldStatus: row.status,
    lastAt: row.last_at ?? row.started_at,
    epoch: row.epoch,
    ...(owner === undefined ? {} : { owner }),
    isHeld: holderOf(row, isAlive) !== undefined,
    isElsewhere: owner !== undefined && !isVisible(owner),
  };
}
