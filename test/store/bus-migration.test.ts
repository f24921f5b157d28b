/** A state that a dp without the bus wrote. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from './folder.ts';
import { ended, newRun, started, taskSucceeded } from './samples.ts';

test('the events of earlier runs are on the bus in the order in which the runs began', () => {
  using place = temporaryFolder();
  const folder = join(place.path, '.dp');
  const events = { a: [started('a'), ended('a')], b: [started('b'), taskSucceeded('b', 'x')] };
  {
    using store = openSqliteStore({ folder });
    for (const run of ['a', 'gone', 'b'] as const) {
      store.begin(newRun(run));
      if (run === 'gone') store.append(run, [started(run), ended(run)]);
      else store.append(run, events[run]);
      store.release(run);
    }
    store.remove(['gone']);
  }
  {
    using db = new DatabaseSync(join(folder, 'state.db'));
    for (const table of [
      'event_batches',
      'published_events',
      'received_events',
      'queued_runs',
      'lanes',
    ])
      db.exec(`DROP TABLE ${table}`);
    for (const table of ['processes', 'leases', 'broker_links']) db.exec(`DROP TABLE ${table}`);
    for (const column of ['queued_at', 'started_by'])
      db.exec(`ALTER TABLE runs DROP COLUMN ${column}`);
    db.exec('PRAGMA user_version = 1003');
  }
  for (const readOnly of [true, false]) {
    using store = openSqliteStore({ folder, readOnly });
    expect([...store.bus.read(0)]).toStrictEqual(
      [...events.a, ...events.b].map((event, at) => ({ position: at + 1, event })),
    );
  }
});
