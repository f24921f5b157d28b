/** The rows of runs as their holder writes them, and the record of a run without its tasks that these rows keep. */
import { isLifecycle, type RecordedEvent } from '../model/event.ts';
import { applyEvent, emptyRun, type RunRecord } from '../model/run.ts';
import type { Sql } from './database.ts';
import { beatNow } from './process-identity.ts';
import type { RunRow } from './run-row.ts';
import type { NewRun } from './run-store.ts';

/** Returns the number of the run in the database. */
export function insertRun(sql: Sql, run: NewRun): number {
  const { at, uptimeMs } = beatNow();
  const { lastInsertRowid } = sql(
    `INSERT INTO runs (run_id, pipeline, plan_id, file, status, started_at, parent, epoch, owner, beat_at, beat_uptime)
     VALUES (?, ?, ?, ?, 'queued', ?, ?, 1, ?, ?, ?)`,
  ).run(
    run.runId,
    run.pipeline,
    run.planId,
    run.file,
    run.startedAt,
    run.parent ?? null,
    JSON.stringify(run.owner),
    at,
    uptimeMs,
  );
  const n = Number(lastInsertRowid);
  sql('INSERT INTO requests VALUES (?, ?)').run(n, run.request);
  return n;
}

export function updateSummary(sql: Sql, n: number, run: RunRecord): void {
  sql(
    `UPDATE runs SET pipeline = ?, plan_id = ?, file = ?, status = ?, started_at = ?, finished_at = ?,
       duration_ms = ? WHERE n = ?`,
  ).run(
    run.pipeline,
    run.planId,
    run.file,
    run.status,
    run.startedAt,
    run.finishedAt ?? null,
    run.durationMs ?? null,
    n,
  );
}

export function recordOf(row: RunRow): RunRecord {
  const { run_id: runId, plan_id: planId, pipeline, file, status, started_at: startedAt } = row;
  const run = { ...emptyRun(runId), planId, pipeline, file, status, startedAt };
  return row.finished_at === null ? run : { ...run, finishedAt: row.finished_at };
}

/** Returns the record after the events; the same record when no event is about the run as a whole. */
export function recordAfter(record: RunRecord, events: readonly RecordedEvent[]): RunRecord {
  const ofRun = events.filter(isAboutRun);
  if (ofRun.length === 0) return record;
  const next = { ...record };
  for (const event of ofRun) applyEvent(next, event);
  return next;
}

const isAboutRun = (event: RecordedEvent): boolean =>
  isLifecycle(event) && !event.topic.startsWith('run.task.');
