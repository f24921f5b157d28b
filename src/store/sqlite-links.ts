/** The exchange of events with brokers on SQLite: a row for each broker. */
import type { Event, Owner } from '../model/event.ts';
import type { BrokerLink, BrokerLinks } from './broker-links.ts';
import type { Database, Sql } from './database.ts';
import { beatNow } from './process-identity.ts';
import { HOLDER_COLUMNS, type HolderColumns, holderOf, type Liveness } from './run-row.ts';
import { insertPublished, lastPosition, placePublished } from './sqlite-bus.ts';

interface LinkRow extends HolderColumns {
  readonly epoch: number;
  readonly sent: number;
  readonly received: string | null;
}

export class SqliteLinks implements BrokerLinks {
  readonly #db: Database;
  readonly #isAlive: Liveness;

  constructor(db: Database, isAlive: Liveness) {
    this.#db = db;
    this.#isAlive = isAlive;
  }

  enter(broker: string): void {
    this.#db.write((sql) =>
      sql(
        `INSERT INTO broker_links (broker, epoch, sent) VALUES (?, 0, ?) ON CONFLICT (broker) DO NOTHING`,
      ).run(broker, lastPosition(sql)),
    );
  }

  take(broker: string, owner: Owner, held?: BrokerLink): BrokerLink | undefined {
    return this.#db.write((sql) => {
      const row = selectLink(sql, broker);
      if (row === undefined) return undefined;
      const isKept = held?.epoch === row.epoch && row.owner !== null;
      if (!isKept && (held !== undefined || holderOf(row, this.#isAlive) !== undefined))
        return undefined;
      const epoch = isKept ? row.epoch : row.epoch + 1;
      const { at, uptimeMs } = beatNow();
      sql(
        'UPDATE broker_links SET epoch = ?, owner = ?, beat_at = ?, beat_uptime = ? WHERE broker = ?',
      ).run(epoch, JSON.stringify(owner), at, uptimeMs, broker);
      return { broker, epoch, sent: row.sent, received: row.received ?? undefined };
    });
  }

  leave({ broker, epoch }: BrokerLink): void {
    this.#db.write((sql) =>
      sql('UPDATE broker_links SET owner = NULL WHERE broker = ? AND epoch = ?').run(broker, epoch),
    );
  }

  sent({ broker, epoch }: BrokerLink, position: number): boolean {
    const { changes } = this.#db.write((sql) =>
      sql('UPDATE broker_links SET sent = ? WHERE broker = ? AND epoch = ?').run(
        position,
        broker,
        epoch,
      ),
    );
    return changes > 0;
  }

  received({ broker, epoch }: BrokerLink, place: string, event: Event | undefined): boolean {
    return this.#db.write((sql) => {
      const { changes } = sql(
        'UPDATE broker_links SET received = ? WHERE broker = ? AND epoch = ?',
      ).run(place, broker, epoch);
      if (changes === 0) return false;
      if (event !== undefined && !isKnown(sql, event)) insertReceived(sql, event);
      return true;
    });
  }
}

function selectLink(sql: Sql, broker: string): LinkRow | undefined {
  const row = sql(
    `SELECT broker AS run_id, epoch, sent, received, ${HOLDER_COLUMNS} FROM broker_links WHERE broker = ?`,
  ).get(broker);
  return row as unknown as LinkRow | undefined; // the cast is safe: the table is STRICT, and only this file writes to it
}

/** An event of a run of this state was sent from here, or from where the run was imported. */
function isKnown(sql: Sql, { id, runId }: Event): boolean {
  const published = 'SELECT 1 FROM published_events WHERE id = ?';
  if (sql(published).get(id) !== undefined) return true;
  return runId !== undefined && sql('SELECT 1 FROM runs WHERE run_id = ?').get(runId) !== undefined;
}

function insertReceived(sql: Sql, event: Event): void {
  const position = placePublished(sql);
  insertPublished(sql, position, event);
  const { runId, task, attempt, element } = event;
  sql('INSERT INTO received_events VALUES (?, ?)').run(
    position,
    JSON.stringify({ runId, task, attempt, element }),
  );
}
