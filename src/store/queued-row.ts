/** Queued runs as rows of the database. They are written and removed in the transactions of others. */
import type { Lane, QueuedRun } from '../model/queued-run.ts';
import { isInstant } from '../model/ids.ts';
import { isJsonObject } from '../model/json.ts';
import { damagedRun, jsonIn } from './damage.ts';
import type { Sql } from './database.ts';
import { type RunRow, selectRun, startedByOf } from './run-row.ts';

export interface QueuedRow extends RunRow {
  readonly priority: number;
  readonly losses: number;
}

/** Adds the run to the queue. Returns false, and changes nothing, when its id is on record already. */
export function insertQueued(sql: Sql, run: QueuedRun): boolean {
  if (selectRun(sql, run.runId) !== undefined) return false;
  const { runId, pipeline, file, startedBy, queuedAt, priority, lanes = [] } = run;
  const { lastInsertRowid } = sql(
    `INSERT INTO runs (run_id, pipeline, plan_id, file, status, started_at, epoch, queued_at, started_by)
     VALUES (?, ?, '', ?, 'queued', ?, 0, ?, ?)`,
  ).run(runId, pipeline, file, queuedAt, queuedAt, JSON.stringify(startedBy));
  const n = Number(lastInsertRowid);
  sql('INSERT INTO requests VALUES (?, ?)').run(n, queuedRequest(run));
  sql('INSERT INTO queued_runs VALUES (?, ?, 0)').run(n, priority === 'live' ? 0 : 1);
  for (const { name, most } of lanes) sql('INSERT INTO lanes VALUES (?, ?, ?)').run(name, n, most);
  return true;
}

/** Throws DP8004 for a row or request that dp did not write this way. */
export function queuedOf(sql: Sql, row: QueuedRow): QueuedRun {
  const { run_id: runId, pipeline, file, queued_at: queuedAt, priority } = row;
  const { startedBy } = startedByOf(row);
  if (queuedAt === null || startedBy === undefined)
    throw damagedRun(runId, 'it does not say when it was queued, or who started it');
  const lanes = lanesOf(sql, row.n);
  return {
    runId,
    pipeline,
    file,
    ...askedIn(sql, row),
    startedBy,
    queuedAt,
    priority: priority === 0 ? 'live' : 'backfill',
    ...(lanes.length === 0 ? {} : { lanes }),
  };
}

export function lanesOf(sql: Sql, n: number): Lane[] {
  const rows = sql('SELECT name, most FROM lanes WHERE run = ? ORDER BY name').all(n);
  return rows.map(({ name, most }) => ({ name: String(name), most: Number(most) }));
}

/** Gives the lanes and the cancel request of a queued run to the row that it has once it begins, and takes it off the queue. */
export function moveQueued(sql: Sql, from: number, to: number): void {
  sql('UPDATE cancel_requests SET run = ? WHERE run = ?').run(to, from);
  sql('UPDATE lanes SET run = ? WHERE run = ?').run(to, from);
  sql('DELETE FROM queued_runs WHERE run = ?').run(from);
}

/** Forgets what a run waited for: it has ended, or is removed. */
export function forgetQueued(sql: Sql, n: number): void {
  sql('DELETE FROM queued_runs WHERE run = ?').run(n);
  sql('DELETE FROM lanes WHERE run = ?').run(n);
}

/** Returns the run's request as a run without tasks has it: planning adds them. */
function queuedRequest({ params, selection = {}, at }: QueuedRun): Uint8Array {
  return Buffer.from(JSON.stringify({ params, selection, tasks: [], at }));
}

function askedIn(
  sql: Sql,
  { n, run_id: runId }: QueuedRow,
): Pick<QueuedRun, 'params' | 'selection' | 'at'> {
  const row = sql('SELECT request FROM requests WHERE run = ?').get(n);
  const request = jsonIn(Buffer.from((row?.['request'] ?? '') as Uint8Array).toString('utf8'));
  const { params, selection = {}, at } = isJsonObject(request) ? request : {};
  if (!isJsonObject(params) || !isJsonObject(selection) || (at !== undefined && !isInstant(at)))
    throw damagedRun(runId, 'its request cannot be read');
  return {
    params,
    // The planner checks what a selection names.
    ...(Object.keys(selection).length === 0 ? {} : { selection }),
    ...(at === undefined ? {} : { at }),
  };
}
