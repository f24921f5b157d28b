import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunStore } from '../../src/store/run-store.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from './folder.ts';
import { newRun, taskSucceeded } from './samples.ts';

let place: ReturnType<typeof temporaryFolder>;
let database: string;
let store: RunStore;

beforeEach(() => {
  place = temporaryFolder();
  database = join(place.path, 'state.db');
  store = openSqliteStore({ folder: place.path });
});
afterEach(() => {
  store[Symbol.dispose]();
  place[Symbol.dispose]();
});

function makeRun(id: string, events: number): void {
  store.begin(newRun(id));
  store.append(
    id,
    Array.from({ length: events }, (_, i) => taskSucceeded(id, `t${i}`)),
  );
  store.release(id);
}

const count = (table: string): unknown => {
  using db = new DatabaseSync(database, { readOnly: true });
  return db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
};

test('a removed run leaves no row in any table', () => {
  makeRun('a', 12_000);
  store.askToCancel('a', { how: 'kill', reason: 'too late' });
  store.remove(['a']);
  for (const table of [
    'runs',
    'requests',
    'events',
    'outcomes',
    'cancel_requests',
    'removed_runs',
  ]) {
    expect([table, count(table)]).toStrictEqual([table, 0]);
  }
});

test('a removal that was cut short is finished by the next', () => {
  makeRun('a', 10);
  makeRun('b', 10);
  {
    using db = new DatabaseSync(database);
    db.exec(`INSERT INTO removed_runs SELECT n, pipeline FROM runs WHERE run_id = 'a';
             DELETE FROM runs WHERE run_id = 'a'`);
  }
  expect(store.lastOutcome('flights', 't1')?.runId).toBe('b');
  store.remove([]);
  expect(count('events')).toBe(10);
  expect(count('outcomes')).toBe(10);
  expect(count('removed_runs')).toBe(0);
});

test('a file that is mostly air shrinks', () => {
  makeRun('a', 20_000);
  store.remove(['a']);
  store[Symbol.dispose](); // brings the log into the file
  expect(statSync(database).size).toBeLessThan(200_000);
  store = openSqliteStore({ folder: place.path });
});
