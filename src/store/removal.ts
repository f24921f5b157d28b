/**
 * Removes runs in small steps, so that other processes can work between two of them.
 * A run is invisible to every reader after the first step; if dp is killed midway, the next removal continues.
 */
import type { RunId } from '../model/ids.ts';
import { Fault } from '../model/fault.ts';
import type { RunSummary } from '../model/run.ts';
import type { Database, Sql } from './database.ts';
import { forgetQueued } from './queued-row.ts';
import { closeNewest } from './sqlite-bus.ts';
import { holderOf, type Liveness, selectRun, summaryOf } from './run-row.ts';

const RUNS_A_STEP = 100;
/** Takes about 10 ms. */
const EVENTS_A_STEP = 5_000;
const PAGES_A_STEP = 1_000;

/** Called for each run in its current state, in the transaction that removes it. */
export type MayGo = (run: RunSummary) => boolean;

/**
 * Returns the removed runs; a run stays when a living process holds it or `mayGo` returns false. If the disk fills up
 * meanwhile, it removes what it can: once the runs' files are deleted, another call has room to continue.
 */
export function removeRuns(
  db: Database,
  runs: readonly RunId[],
  isAlive: Liveness,
  mayGo: MayGo,
): RunId[] {
  const removed: RunId[] = [];
  try {
    for (let at = 0; at < runs.length; at += RUNS_A_STEP) {
      const step = runs.slice(at, at + RUNS_A_STEP);
      const unlisted = db.write((sql) => step.filter((run) => unlist(sql, run, isAlive, mayGo)));
      removed.push(...unlisted);
    }
    while (db.write(deleteSomeEvents));
    deleteBatches(db);
    if (db.read(isMostlyFree)) while (db.write(giveBackPages));
  } catch (error) {
    const isDiskFault = error instanceof Fault && error.code === 'DP8002';
    if (!isDiskFault || (runs.length > 0 && removed.length === 0)) throw error;
  }
  return removed;
}

/** Removes the run from the list. Cache entries stay: they record themselves how long their results are valid. */
function unlist(sql: Sql, runId: RunId, isAlive: Liveness, mayGo: MayGo): boolean {
  const row = selectRun(sql, runId);
  if (row === undefined || !mayGo(summaryOf(row, isAlive))) return false;
  if (holderOf(row, isAlive) !== undefined) return false;
  closeNewest(sql);
  sql('INSERT INTO removed_runs VALUES (?, ?)').run(row.n, row.pipeline);
  sql('DELETE FROM runs WHERE n = ?').run(row.n);
  sql('DELETE FROM requests WHERE run = ?').run(row.n);
  sql('DELETE FROM cancel_requests WHERE run = ?').run(row.n);
  forgetQueued(sql, row.n);
  return true;
}

/** Returns false when no run is left to clear. */
function deleteSomeEvents(sql: Sql): boolean {
  const removed = sql('SELECT run, pipeline FROM removed_runs LIMIT 1').get();
  if (removed === undefined) return false;
  const { run = 0, pipeline = '' } = removed;
  const rest = sql('SELECT seq FROM events WHERE run = ? ORDER BY seq LIMIT 1 OFFSET ?');
  const next = rest.get(run, EVENTS_A_STEP)?.['seq'];
  const end = next ?? Number.MAX_SAFE_INTEGER;
  sql(
    `DELETE FROM outcomes WHERE pipeline = ?1 AND run = ?2
     AND task IN (SELECT task FROM events WHERE run = ?2 AND seq < ?3)`,
  ).run(pipeline, run, end);
  sql('DELETE FROM events WHERE run = ? AND seq < ?').run(run, end);
  if (next === undefined) sql('DELETE FROM removed_runs WHERE run = ?').run(run);
  return true;
}

/** Deletes the batches whose events are gone; the newest one stays, see the schema. */
function deleteBatches(db: Database): void {
  let after: number | undefined = 0;
  while (after !== undefined) {
    const from: number = after;
    after = db.write((sql) => deleteSomeBatches(sql, from));
  }
}

/** Returns the position to continue after; undefined at the end. */
function deleteSomeBatches(sql: Sql, after: number): number | undefined {
  const rest = sql('SELECT last FROM event_batches WHERE last > ? ORDER BY last LIMIT 1 OFFSET ?');
  const next = rest.get(after, EVENTS_A_STEP)?.['last'];
  sql(
    `DELETE FROM event_batches
     WHERE last > ? AND last <= ? AND last < (SELECT max(last) FROM event_batches)
     AND CASE WHEN run IS NULL THEN NOT EXISTS (SELECT 1 FROM published_events WHERE position = last)
       ELSE NOT EXISTS (SELECT 1 FROM runs WHERE n = run) END`,
  ).run(after, next ?? Number.MAX_SAFE_INTEGER);
  return next === undefined ? undefined : Number(next);
}

/** Returns whether most pages are free. Later runs reuse free pages, so only such a file is shrunk. */
function isMostlyFree(sql: Sql): boolean {
  return pragma(sql, 'freelist_count') > pragma(sql, 'page_count') / 2;
}

/** Returns false when no free page is left to return to the disk. */
function giveBackPages(sql: Sql): boolean {
  if (pragma(sql, 'freelist_count') === 0) return false;
  sql(`PRAGMA incremental_vacuum(${PAGES_A_STEP})`).all();
  return true;
}

const pragma = (sql: Sql, name: string): number => Number(sql(`PRAGMA ${name}`).get()?.[name]);
