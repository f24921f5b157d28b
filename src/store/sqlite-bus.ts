/** The durable bus on SQLite: a row for each batch of events that a run appended, and one for each published event. */
import type { Event, PlacedEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { isInstant } from '../model/ids.ts';
import { isJsonObject } from '../model/json.ts';
import { isText } from '../model/shape.ts';
import { topicProblem } from '../model/topic.ts';
import { jsonIn } from './damage.ts';
import type { Database, Sql } from './database.ts';
import type { EventBus } from './event-bus.ts';
import { type EventRow, eventOf } from './event-row.ts';

/** Events read at once: no read transaction stays open while the reader handles them. */
const EVENTS_A_PAGE = 500;

export class SqliteBus implements EventBus {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  last(): number {
    return this.#db.read(lastPosition);
  }

  publish(event: Event): number {
    return this.#db.write((sql) => {
      const position = placePublished(sql);
      insertPublished(sql, position, event);
      return position;
    });
  }

  *read(after: number): Iterable<PlacedEvent> {
    let seen = after;
    for (;;) {
      const page = this.#db.read((sql) => selectPlaced(sql, seen));
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < EVENTS_A_PAGE) return;
      seen = last.position;
    }
  }
}

/**
 * The newest batch is open: while its run is the only one that writes, no row changes, and its last event has the position that
 * follows from the number of events that came since. Whoever begins another batch writes that down first.
 */
const NEWEST = `
  SELECT last, run, seq, events, CASE WHEN run IS NULL THEN 0 ELSE
    coalesce((SELECT max(e.seq) FROM events AS e WHERE e.run = b.run), 0) - (b.seq + b.events - 1) END AS more
  FROM event_batches AS b ORDER BY last DESC LIMIT 1`;

/** Gives the next positions to the events of a run from `seq` on, which are stored in the same transaction. */
export function placeEvents(sql: Sql, { run, seq }: { run: number; seq: number }): void {
  const newest = sql('SELECT run FROM event_batches ORDER BY last DESC LIMIT 1').get();
  if (newest?.['run'] !== run) insertBatch(sql, { run, seq });
}

/** Gives the next position to an event that belongs to no run, and returns it. */
export const placePublished = (sql: Sql): number => insertBatch(sql, { run: null, seq: 1 });

/** Begins a batch with its first event. */
function insertBatch(sql: Sql, { run, seq }: { run: number | null; seq: number }): number {
  closeNewest(sql);
  const { lastInsertRowid } = sql(
    'INSERT INTO event_batches SELECT coalesce(max(last), 0) + 1, ?, ?, 1 FROM event_batches',
  ).run(run, seq);
  return Number(lastInsertRowid);
}

/** Writes down how many events the newest batch has. Has to be called before events of its run, or the run, are deleted. */
export function closeNewest(sql: Sql): void {
  const { last = 0, more = 0 } = sql(NEWEST).get() ?? {};
  if (Number(more) > 0)
    sql('UPDATE event_batches SET last = last + ?2, events = events + ?2 WHERE last = ?1').run(
      last,
      more,
    );
}

/** Returns the position of the newest event; 0 when there was none. */
export function lastPosition(sql: Sql): number {
  const row = sql(`SELECT last + max(more, 0) AS last FROM (${NEWEST})`).get();
  return Number(row?.['last'] ?? 0);
}

/** Stores an event that belongs to no run of this state. */
export function insertPublished(
  sql: Sql,
  position: number,
  { id, topic, time, data }: Event,
): void {
  const text = JSON.stringify(data) ?? null;
  sql('INSERT INTO published_events VALUES (?, ?, ?, ?, ?)').run(position, id, topic, time, text);
}

/** Both halves are in one statement, so that they are of the same moment. */
const SELECT_PLACED = `
  SELECT * FROM (
    SELECT last - events + 1 + e.seq - b.seq AS position, r.run_id, e.seq, e.id, e.topic, CAST(e.time AS REAL) AS time,
      e.task, e.attempt, e.element, e.data, NULL AS about
    FROM event_batches AS b CROSS JOIN runs AS r ON r.n = b.run
    CROSS JOIN events AS e ON e.run = b.run AND e.seq >= b.seq + max(0, ?1 - (last - events))
      AND e.seq < CASE last WHEN (SELECT max(last) FROM event_batches) THEN 9e15 ELSE b.seq + b.events END
    WHERE last >= min(?1 + 1, (SELECT max(last) FROM event_batches)) ORDER BY last, e.seq LIMIT ?2)
  UNION ALL
  SELECT * FROM (
    SELECT p.position, NULL, 0, id, topic, CAST(time AS REAL), NULL, NULL, NULL, data, about
    FROM published_events AS p LEFT JOIN received_events AS r ON r.position = p.position
    WHERE p.position > ?1 ORDER BY p.position LIMIT ?2)`;

interface PlacedRow extends EventRow {
  readonly position: number;
  /** Null for an event of no run. */
  readonly run_id: string | null;
  /** JSON; null unless the event came from a broker. */
  readonly about: string | null;
}

function selectPlaced(sql: Sql, after: number): PlacedEvent[] {
  // The cast is safe: the tables are STRICT.
  const rows = sql(SELECT_PLACED).all(after, EVENTS_A_PAGE) as unknown as PlacedRow[];
  return rows
    .toSorted((a, b) => a.position - b.position)
    .slice(0, EVENTS_A_PAGE)
    .map((row) => ({
      position: row.position,
      event: row.run_id === null ? publishedEvent(row) : eventOf(row.run_id, row),
      ...(row.about === null ? {} : { isReceived: true as const }),
    }));
}

/** Throws DP8004 when the row is no event that a program published. */
function publishedEvent({ position, id, topic, time, data: text, about }: PlacedRow): Event {
  const data = text === null ? undefined : jsonIn(text);
  const isJson = text === null || data !== undefined;
  const isEvent = isText(id) && isText(topic) && topicProblem(topic) === undefined;
  if (!isJson || !isEvent || !isInstant(time))
    throw new Fault(
      'DP8004',
      `the published event ${position} ${isJson ? 'is no event' : 'has data that is no JSON'}`,
    );
  const said = about === null ? {} : jsonIn(about);
  // The cast is safe: whoever stored it took the fields from an event.
  return { v: 1, id, topic, time, ...(isJsonObject(said) ? (said as Partial<Event>) : {}), data };
}
