/** Events as rows of the database, and back. */
import type { RecordedEvent } from '../model/event.ts';
import type { Sql } from './database.ts';
import type { StoredEvent } from './run-store.ts';

/** Columns as they are stored; null where the event says nothing. */
interface EventRow {
  readonly seq: number;
  readonly id: string;
  readonly topic: string;
  readonly time: number;
  readonly task: string | null;
  readonly attempt: number | null;
  readonly element: number | null;
  readonly data: string | null;
}

/** Events that one statement stores: a quarter is saved on each. */
const ROWS_A_STATEMENT = 24;
const INSERT_ONE = 'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
const INSERT_MANY = INSERT_ONE + ', (?, ?, ?, ?, ?, ?, ?, ?, ?)'.repeat(ROWS_A_STATEMENT - 1);

/** Stores them behind the one numbered `after`. `run` is the run's number in the database. */
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
    for (let at = from; at < from + rows; at++) pushRow(values, run, after + at + 1, events[at]!);
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
    JSON.stringify(event.data) ?? null, // a task may publish a topic alone
  );
}

/** Where `lastOutcome` finds the task's result; of a mapped task only the whole counts. */
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

/** At most `limit` events that follow `after`. */
export function selectEvents(
  sql: Sql,
  runId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): StoredEvent[] {
  const rows = sql(
    `SELECT seq, id, topic, time, task, attempt, element, data FROM events
     WHERE run = (SELECT n FROM runs WHERE run_id = ?) AND seq > ? ORDER BY seq LIMIT ?`,
  ).all(runId, after, limit);
  // The cast: the table is STRICT, and only insertEvent writes to it.
  return (rows as unknown as EventRow[]).map((row) => ({
    seq: row.seq,
    event: eventOf(runId, row),
  }));
}

function eventOf(runId: string, row: EventRow): RecordedEvent {
  const event = {
    v: 1,
    id: row.id,
    topic: row.topic,
    time: row.time,
    runId,
    ...(row.task === null ? {} : { task: row.task }),
    ...(row.attempt === null ? {} : { attempt: row.attempt }),
    ...(row.element === null ? {} : { element: row.element }),
    data: row.data === null ? undefined : (JSON.parse(row.data) as unknown),
  };
  return event as RecordedEvent; // topic and data went together when they were stored
}
