/** A state that a dp without the bus wrote. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openShared } from '../../src/store/database.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
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
  const known = tablesBeforeTheBus(join(place.path, 'older.db'));
  {
    using db = new DatabaseSync(join(folder, 'state.db'));
    for (const table of tablesIn(db)) if (!known.has(table)) db.exec(`DROP TABLE ${table}`);
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

function tablesBeforeTheBus(path: string): ReadonlySet<string> {
  const migrations = MIGRATIONS.filter(({ to }) => to <= 1003);
  {
    using older = openShared({ path, durability: 'run', migrations });
    expect(older).toBeDefined();
  }
  using db = new DatabaseSync(path);
  return new Set(tablesIn(db));
}

const tablesIn = (db: DatabaseSync): string[] =>
  db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name));
