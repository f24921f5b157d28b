/** Runs as rows of the database: their summaries and holders. */
import { isOwner } from '../model/event-shape.ts';
import type { Owner } from '../model/event.ts';
import { type Instant, isInstant, isRunId } from '../model/ids.ts';
import { isStartedBy } from '../model/started-by.ts';
import { RUN_STATES, type RunStatus, type RunSummary } from '../model/run.ts';
import { damagedRun, jsonIn, wholeOnes } from './damage.ts';
import type { Sql } from './database.ts';
import type { Beat } from './process-identity.ts';
import type { RunQuery } from './run-store.ts';

/** Returns whether a process is alive, by looking at it and by its last heartbeat, see process-identity.ts. */
export type Liveness = (owner: Owner, last?: Beat) => boolean;

/** The holder of a run, and its last heartbeat. */
export interface HolderColumns {
  readonly run_id: string;
  readonly owner: string | null;
  readonly beat_at: number | null;
  readonly beat_uptime: number | null;
}

export interface RunRow extends HolderColumns {
  readonly n: number;
  readonly pipeline: string;
  readonly plan_id: string;
  readonly file: string;
  /** Status according to the events; for a run whose process died it stays `running`. */
  readonly status: RunStatus;
  /** See `startOf`. */
  readonly started_at: number;
  readonly finished_at: number | null;
  readonly duration_ms: number | null;
  readonly epoch: number;
  readonly parent: string | null;
  readonly imported_at: number | null;
  readonly imported_from: string | null;
  readonly queued_at: number | null;
  /** JSON. */
  readonly started_by: string | null;
}

/** The columns that `holderOf` reads. Times are floating-point: an integer beyond the safe range would make Node fail the whole list. */
export const HOLDER_COLUMNS =
  'owner, CAST(beat_at AS REAL) AS beat_at, CAST(beat_uptime AS REAL) AS beat_uptime';

export const COLUMNS = `n, run_id, pipeline, plan_id, file, status, CAST(started_at AS REAL) AS started_at,
  CAST(finished_at AS REAL) AS finished_at, CAST(duration_ms AS REAL) AS duration_ms, epoch, parent,
  CAST(imported_at AS REAL) AS imported_at, imported_from, CAST(queued_at AS REAL) AS queued_at, started_by, ${HOLDER_COLUMNS}`;

export function selectRun(sql: Sql, runId: string): RunRow | undefined {
  const row = sql(`SELECT ${COLUMNS} FROM runs WHERE run_id = ?`).get(runId);
  return row as unknown as RunRow | undefined; // the cast is safe: the table is STRICT, and only this room writes to it
}

/** Returns summaries, newest first. Stops reading when it has enough. */
export function selectSummaries(sql: Sql, query: RunQuery, isAlive: Liveness): RunSummary[] {
  const { text, values } = listing(query);
  const limit = query.limit ?? Infinity;
  const isAliveOnce = askedOnce(isAlive);
  const summaries: RunSummary[] = [];
  if (limit <= 0) return summaries;
  const rows = sql(text).iterate(...values) as Iterable<unknown> as Iterable<RunRow>; // the cast: as in selectRun
  const whole = wholeOnes(
    rows,
    (row) => summaryOf(row, isAliveOnce),
    query.hearDamage && ((fault, row) => query.hearDamage?.(fault, row.run_id)),
  );
  for (const summary of whole) {
    if (query.status !== undefined && summary.status !== query.status) continue;
    if (summaries.push(summary) >= limit) break;
  }
  return summaries;
}

/** Throws DP8004 for a row that dp did not write this way. */
export function summaryOf(row: RunRow, isAlive: Liveness): RunSummary {
  const isWhole =
    isRunId(row.run_id) &&
    row.status !== 'crashed' &&
    RUN_STATES.includes(row.status) &&
    isInstant(row.started_at) &&
    (row.finished_at === null || isInstant(row.finished_at)) &&
    (row.imported_at === null || isInstant(row.imported_at)) &&
    (row.queued_at === null || isInstant(row.queued_at));
  if (!isWhole) throw damagedRun(row.run_id, 'its summary has an impossible id, status or time');
  return {
    runId: row.run_id,
    pipeline: row.pipeline,
    planId: row.plan_id,
    file: row.file,
    status: statusOf(row, isAlive),
    startedAt: startOf(row),
    ...(row.queued_at === null ? {} : { queuedAt: row.queued_at }),
    ...startedByOf(row),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.duration_ms === null ? {} : { durationMs: row.duration_ms }),
    ...(row.parent === null ? {} : { parent: row.parent }),
    ...importedOf(row),
  };
}

/** Returns the time at which the run began; null before. */
export function startOf({ plan_id: planId, started_at: at }: RunRow): Instant | null {
  return planId === '' ? null : at;
}

export function startedByOf({
  run_id: run,
  started_by: text,
}: RunRow): Pick<RunSummary, 'startedBy'> {
  if (text === null) return {};
  const startedBy = jsonIn(text);
  if (isStartedBy(startedBy)) return { startedBy };
  throw damagedRun(run, 'it does not say who started it');
}

function importedOf({
  imported_at: at,
  imported_from: host,
}: RunRow): Pick<RunSummary, 'imported'> {
  return at === null ? {} : { imported: { at, ...(host === null ? {} : { host }) } };
}

/** Returns the holder of the run; a process known to be gone holds nothing. */
export function holderOf(row: HolderColumns, isAlive: Liveness): Owner | undefined {
  const owner = ownerOf(row);
  return owner !== undefined && isAlive(owner, beatOf(row)) ? owner : undefined;
}

/**
 * `crashed` is derived and never stored: no process is left to store it. A queued run may wait without a holder, and one that
 * has not begun loses nothing with its holder: the next one begins it.
 */
function statusOf(row: RunRow, isAlive: Liveness): RunStatus {
  if (row.status !== 'running' && row.status !== 'queued') return row.status;
  if (row.status === 'queued' && (row.owner === null || startOf(row) === null)) return 'queued';
  return holderOf(row, isAlive) === undefined ? 'crashed' : row.status;
}

/** Returns the process that acquired the run last and has not released it, dead or alive. Throws DP8004 for an unreadable owner. */
export function ownerOf({ run_id: run, owner }: HolderColumns): Owner | undefined {
  if (owner === null) return undefined;
  const read = jsonIn(owner);
  if (isOwner(read)) return read;
  throw damagedRun(run, 'it does not say who holds it');
}

function beatOf({ beat_at: at, beat_uptime: uptimeMs }: HolderColumns): Beat | undefined {
  return at === null || uptimeMs === null ? undefined : { at, uptimeMs };
}

function listing({ pipeline, status, before, isOwn }: RunQuery): {
  text: string;
  values: string[];
} {
  const conditions: string[] = [];
  const values: string[] = [];
  if (pipeline !== undefined) {
    conditions.push('pipeline = ?');
    values.push(pipeline);
  }
  if (status !== undefined) {
    conditions.push(`status IN (${STORED_AS[status].map(() => '?').join(', ')})`);
    values.push(...STORED_AS[status]);
  }
  if (isOwn === true) conditions.push('parent IS NULL', 'imported_at IS NULL');
  if (before !== undefined) {
    conditions.push('n < (SELECT n FROM runs WHERE run_id = ?)');
    values.push(before);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return { text: `SELECT ${COLUMNS} FROM runs ${where} ORDER BY n DESC`, values };
}

/** Statuses that the database may hold for a run shown with this status. */
const STORED_AS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['queued'],
  running: ['running'],
  succeeded: ['succeeded'],
  failed: ['failed'],
  cancelled: ['cancelled'],
  crashed: ['queued', 'running'],
};

/** Checks each process once: many runs of a list may have the same one. */
export function askedOnce(isAlive: Liveness): Liveness {
  const answers = new Map<string, boolean>();
  return (owner, last) => {
    // The heartbeat is the same for all runs of a process.
    const name = JSON.stringify(owner);
    let answer = answers.get(name);
    if (answer === undefined) answers.set(name, (answer = isAlive(owner, last)));
    return answer;
  };
}
