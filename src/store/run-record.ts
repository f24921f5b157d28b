/** The rows of runs as their holder writes them, and the record of a run without its tasks that these rows keep. */
import { isLifecycle, type RecordedEvent } from '../model/event.ts';
import { applyEvent, emptyRun, hasEnded, type RunRecord } from '../model/run.ts';
import type { Sql } from './database.ts';
import { beatNow } from './process-identity.ts';
import { type RunRow, startOf } from './run-row.ts';
import type { NewRun } from './run-store.ts';
import { forgetQueued, moveQueued } from './queued-row.ts';

/** Returns the number of the run in the database. `before` is its row while it was queued. */
export function insertRun(
  sql: Sql,
  run: NewRun,
  before?: Pick<RunRow, 'queued_at' | 'started_by' | 'epoch'>,
): number {
  const { at, uptimeMs } = beatNow();
  const { lastInsertRowid } = sql(
    `INSERT INTO runs (run_id, pipeline, plan_id, file, status, started_at, parent, queued_at, started_by, epoch, owner,
       beat_at, beat_uptime)
     VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    run.runId,
    run.pipeline,
    run.planId,
    run.file,
    run.startedAt,
    run.parent ?? null,
    before?.queued_at ?? null,
    before?.started_by ?? (run.startedBy === undefined ? null : JSON.stringify(run.startedBy)),
    before?.epoch ?? 1,
    JSON.stringify(run.owner),
    at,
    uptimeMs,
  );
  const n = Number(lastInsertRowid);
  sql('INSERT INTO requests VALUES (?, ?)').run(n, run.request);
  return n;
}

/** Begins a queued run: it gets a new number, as numbers order runs by when they began. Returns it. */
export function beginQueued(sql: Sql, run: NewRun, queued: RunRow): number {
  sql('DELETE FROM runs WHERE n = ?').run(queued.n);
  sql('DELETE FROM requests WHERE run = ?').run(queued.n);
  const n = insertRun(sql, run, queued);
  moveQueued(sql, queued.n, n);
  return n;
}

export function updateSummary(sql: Sql, n: number, run: RunRecord): void {
  sql(
    `UPDATE runs SET pipeline = ?, plan_id = ?, file = ?, status = ?, started_at = coalesce(?, started_at),
       finished_at = ?, duration_ms = ? WHERE n = ?`,
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
  if (hasEnded(run.status)) forgetQueued(sql, n);
}

export function recordOf(row: RunRow): RunRecord {
  const { run_id: runId, plan_id: planId, pipeline, file, status } = row;
  const startedAt = startOf(row);
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
