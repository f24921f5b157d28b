/** A state that a dp without the queue wrote. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openShared } from '../../src/store/database.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { makeFolder } from '../../src/store/state-folder.ts';
import { temporaryFolder } from './folder.ts';
import { digest, owner } from './samples.ts';

test('shows its runs, which nobody is known to have started, and takes runs into the queue', () => {
  using place = temporaryFolder();
  const folder = join(place.path, '.dp');
  makeFolder(folder);
  {
    using db = openShared({
      path: join(folder, 'state.db'),
      durability: 'run',
      migrations: MIGRATIONS.filter(({ to }) => to <= 1004),
    });
    const insert = `INSERT INTO runs (run_id, pipeline, plan_id, file, status, started_at, epoch)
      VALUES ('old', 'flights', ?, '/project/flights.yaml', 'succeeded', 1000, 1)`;
    db.write((sql) => sql(insert).run(digest(1)));
  }
  const old = { runId: 'old', status: 'succeeded', startedAt: 1_000 };
  {
    using store = openSqliteStore({ folder, readOnly: true });
    expect(store.list()).toMatchObject([old]);
    expect(store.list()[0]).not.toHaveProperty('startedBy');
    expect(store.queue.waiting()).toBe(0);
    expect(store.processes.list()).toStrictEqual([]);
  }
  using store = openSqliteStore({ folder });
  const queued = {
    runId: 'new',
    pipeline: 'flights',
    file: '/project/flights.yaml',
    params: {},
    startedBy: { by: 'cli' },
    queuedAt: 2_000,
    priority: 'live',
  } as const;
  store.queue.put(queued);
  expect(store.list()).toMatchObject([{ runId: 'new', status: 'queued', startedAt: null }, old]);
  expect(store.queue.take(owner(1), 1)).toStrictEqual([{ run: queued, losses: 0 }]);
});
