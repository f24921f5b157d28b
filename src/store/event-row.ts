/** Events as rows of the database, and back. */
import type { RecordedEvent } from '../model/event.ts';
import { eventProblem } from '../model/event-shape.ts';
import { type Digest, isDigest, type RunId, type TaskName } from '../model/ids.ts';
import { isJsonObject } from '../model/json.ts';
import { isResultRef, type ResultRef } from '../model/result.ts';
import { damagedRun, jsonIn } from './damage.ts';
import type { Sql } from './database.ts';
import type { StoredEvent } from './run-store.ts';

/** Columns as stored; null where the event has no value. */
export interface EventRow {
  readonly seq: number;
  readonly id: string;
  readonly topic: string;
  readonly time: number;
  readonly task: string | null;
  readonly attempt: number | null;
  readonly element: number | null;
  readonly data: string | null;
}

/** Number of events that one statement stores: it saves a quarter of the time for each. */
const ROWS_A_STATEMENT = 24;
const INSERT_ONE = 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
const INSERT_MANY = INSERT_ONE + ', (?, ?, ?, ?, ?, ?, ?, ?, ?)'.repeat(ROWS_A_STATEMENT - 1);

/** Stores the events after the one numbered `after`. `run` is the run's number in the database. */
export function insertEvents(
  sql: Sql,
  {
    pipeline,
    run,
    after,
  }: { readonly pipeline: string; readonly run: number; readonly after: number },
  events: readonly RecordedEvent[],
): void {
  for (let from = 0; from < events.length;) {
    const rows = events.length - from < ROWS_A_STATEMENT ? 1 : ROWS_A_STATEMENT;
    const values: (string | number | null)[] = [];
    for (const [i, event] of events.slice(from, from + rows).entries())
      pushRow(values, run, after + from + i + 1, event);
    sql(rows === 1 ? INSERT_ONE : INSERT_MANY).run(...values);
    from += rows;
  }
  for (const [at, event] of events.entries())
    insertOutcome(sql, { pipeline, run, seq: after + at + 1 }, event);
}

function pushRow(
  values: (string | number | null)[],
  run: number,
  seq: number,
  event: RecordedEvent,
): void {
  values.push(
    run,
    seq,
    event.id,
    event.topic,
    event.time,
    event.task ?? null,
    event.attempt ?? null,
    event.element ?? null,
    JSON.stringify(event.data) ?? null, // a task may publish a topic without data
  );
}

/** Records where `lastOutcome` finds the task's result; of a mapped task only the whole counts. */
function insertOutcome(
  sql: Sql,
  at: { readonly pipeline: string; readonly run: number; readonly seq: number },
  event: RecordedEvent,
): void {
  if (event.topic !== 'run.task.succeeded' && event.topic !== 'run.task.cached') return;
  if (event.task === undefined || event.element !== undefined) return;
  sql('INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?)').run(
    at.pipeline,
    event.task,
    at.run,
    at.seq,
  );
}

/** Returns at most `limit` events that follow `after`. Throws DP8004 at a row that is no event of the run. */
export function selectEvents(
  sql: Sql,
  runId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): StoredEvent[] {
  const rows = sql(
    `SELECT seq, id, topic, CAST(time AS REAL) AS time, task, attempt, element, data FROM events
     WHERE run = (SELECT n FROM runs WHERE run_id = ?) AND seq > ? ORDER BY seq LIMIT ?`,
  ).all(runId, after, limit);
  // The cast is safe: the table is STRICT, and only insertEvent writes to it.
  return (rows as unknown as EventRow[]).map((row) => ({
    seq: row.seq,
    event: eventOf(runId, row),
  }));
}

/** Throws DP8004 when the row is no event of the run. */
export function eventOf(runId: string, row: EventRow): RecordedEvent {
  const event = {
    v: 1,
    id: row.id,
    topic: row.topic,
    time: row.time,
    runId,
    ...(row.task === null ? {} : { task: row.task }),
    ...(row.attempt === null ? {} : { attempt: row.attempt }),
    ...(row.element === null ? {} : { element: row.element }),
    data: row.data === null ? undefined : jsonIn(row.data),
  };
  const isJson = row.data === null || event.data !== undefined;
  const problem = isJson ? eventProblem(event, runId) : 'has data that is no JSON';
  if (problem !== undefined) throw damagedRun(runId, `event ${row.seq} ${problem}`);
  return event as RecordedEvent; // The cast is safe: the shape was checked.
}

/** Returns the outcome in the column `data` of `run.task.succeeded` or `run.task.cached`, the only topics with one. Throws DP8004. */
export function outcomeIn(
  data: unknown,
  run: RunId,
  task: TaskName,
): { readonly output: ResultRef; readonly key: Digest | null } {
  const outcome = jsonIn(data);
  if (isJsonObject(outcome)) {
    const { output, key } = outcome;
    if (isResultRef(output) && (key === null || isDigest(key))) return { output, key };
  }
  throw damagedRun(run, `the outcome of task "${task}" cannot be read`);
}
