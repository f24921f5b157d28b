/** The durable bus on SQLite: a row for each batch of events that a run appended, and one for each published event. */
import type { Event, PlacedEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { isInstant } from '../model/ids.ts';
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
    const row = this.#db.read((sql) => sql('SELECT max(last) AS last FROM event_batches').get());
    return Number(row?.['last'] ?? 0);
  }

  publish({ id, topic, time, data }: Event): number {
    return this.#db.write((sql) => {
      const position = insertBatch(sql, { run: null, seq: 1, events: 1 });
      const text = JSON.stringify(data) ?? null;
      sql('INSERT INTO published_events VALUES (?, ?, ?, ?, ?)').run(
        position,
        id,
        topic,
        time,
        text,
      );
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

/** Gives the next positions to events that are stored in the same transaction, and returns the last of them. `run` is null for a published event. */
export function insertBatch(
  sql: Sql,
  {
    run,
    seq,
    events,
  }: { readonly run: number | null; readonly seq: number; readonly events: number },
): number {
  const { lastInsertRowid } = sql(
    'INSERT INTO event_batches SELECT coalesce(max(last), 0) + ?1, ?2, ?3, ?1 FROM event_batches',
  ).run(events, run, seq);
  return Number(lastInsertRowid);
}

/** Both halves are in one statement, so that they are of the same moment. */
const SELECT_PLACED = `
  SELECT * FROM (
    SELECT last - events + 1 + e.seq - b.seq AS position, r.run_id, e.seq, e.id, e.topic, CAST(e.time AS REAL) AS time,
      e.task, e.attempt, e.element, e.data
    FROM event_batches AS b CROSS JOIN runs AS r ON r.n = b.run
    CROSS JOIN events AS e ON e.run = b.run AND e.seq >= b.seq + max(0, ?1 - (last - events)) AND e.seq < b.seq + b.events
    WHERE last > ?1 ORDER BY last, e.seq LIMIT ?2)
  UNION ALL
  SELECT * FROM (
    SELECT position, NULL, 0, id, topic, CAST(time AS REAL), NULL, NULL, NULL, data
    FROM published_events WHERE position > ?1 ORDER BY position LIMIT ?2)`;

interface PlacedRow extends EventRow {
  readonly position: number;
  /** Null for an event of no run. */
  readonly run_id: string | null;
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
    }));
}

/** Throws DP8004 when the row is no event that a program published. */
function publishedEvent({ position, id, topic, time, data: text }: PlacedRow): Event {
  const data = text === null ? undefined : jsonIn(text);
  const isJson = text === null || data !== undefined;
  const isEvent = isText(id) && isText(topic) && topicProblem(topic) === undefined;
  if (!isJson || !isEvent || !isInstant(time))
    throw new Fault(
      'DP8004',
      `the published event ${position} ${isJson ? 'is no event' : 'has data that is no JSON'}`,
    );
  return { v: 1, id, topic, time, data };
}
