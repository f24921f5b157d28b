/** One database file: its migrations, its transactions, and disks that fail. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openShared } from '../../src/store/database.ts';
import { migrate, type Migration } from '../../src/store/migrations.ts';
import { fault } from './fault.ts';
import { temporaryFolder } from './folder.ts';
import { startChildInShell } from './processes.ts';
import { testNeeding } from '../test-needing.ts';

const FIRST: Migration = { to: 1000, sql: 'CREATE TABLE t (x); INSERT INTO t VALUES (1)' };
const SECOND: Migration = { to: 1001, sql: 'ALTER TABLE t ADD COLUMN y DEFAULT 2' };
const THIRD: Migration = { to: 2000, sql: 'DROP TABLE t; CREATE TABLE u (x)' };

let place: ReturnType<typeof temporaryFolder>;
let path: string;
const open = (...migrations: Migration[]): Database =>
  openShared({ path, durability: 'run', migrations });
const version = (): unknown => {
  using db = new DatabaseSync(path);
  return db.prepare('PRAGMA user_version').get()?.['user_version'];
};

beforeEach(() => {
  place = temporaryFolder();
  path = join(place.path, 'state.db');
});
afterEach(() => place[Symbol.dispose]());

test('a new database takes every step, an older one those it lacks, and none twice', () => {
  open(FIRST)[Symbol.dispose]();
  expect(version()).toBe(1000);
  for (const _ of [1, 2]) {
    using db = open(FIRST, SECOND);
    expect(db.read((sql) => sql('SELECT * FROM t').all())).toEqual([{ x: 1, y: 2 }]);
  }
  expect(version()).toBe(1001);
});

test('a database that another process has migrated meanwhile is left as it is', () => {
  using db = new DatabaseSync(path);
  for (const _ of [1, 2]) migrate(db, path, [FIRST]);
  expect(db.prepare('SELECT * FROM t').all()).toEqual([{ x: 1 }]);
});

test('a step that fails leaves the database as it was', () => {
  open(FIRST)[Symbol.dispose]();
  expect(() => open(FIRST, SECOND, { to: 1002, sql: 'no such statement' })).toThrow(/syntax error/);
  expect(version()).toBe(1000);
  open(FIRST, SECOND)[Symbol.dispose]();
  expect(version()).toBe(1001);
});

test('programs of the same major share a database, those of an older one are refused', () => {
  using newer = open(FIRST, SECOND);
  using older = open(FIRST);
  older.write((sql) => sql('INSERT INTO t (x) VALUES (3)').run());
  expect(newer.read((sql) => sql('SELECT y FROM t WHERE x = 3').get())).toEqual({ y: 2 });
  open(FIRST, SECOND, THIRD)[Symbol.dispose]();
  expect(() => open(FIRST, SECOND)).toThrow(fault('DP8003'));
});

test('work that throws leaves nothing, and the next work continues', () => {
  using db = open(FIRST);
  const work = (): void =>
    db.write((sql) => {
      sql('INSERT INTO t VALUES (2)').run();
      throw new RangeError();
    });
  expect(work).toThrow(RangeError);
  db.write((sql) => sql('INSERT INTO t VALUES (3)').run());
  expect(db.read((sql) => sql('SELECT x FROM t').all())).toEqual([{ x: 1 }, { x: 3 }]);
});

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 't', '/mnt']).status === 0;

testNeeding('the right to mount', canMount)(
  'a full disk is told, and the store goes on once there is room',
  async () => {
    const script = `exec unshare -rm sh -c 'mount -t tmpfs -o size=1200k t "${place.path}" && exec "$0" "$@"' "$@"`;
    const [full, after, integrity] = await startChildInShell(script, [
      'fillDisk',
      join(place.path, '.dp'),
    ]).said;
    expect(full).toMatchObject({ code: 'DP8002', message: expect.stringContaining('ENOSPC') });
    expect(after).toStrictEqual({ lost: 0 });
    expect(integrity).toBe('ok');
  },
);

testNeeding('the right to mount', canMount)(
  'on a full disk the reserve lets runs be removed and cancelled',
  async () => {
    const script = `exec unshare -rm sh -c 'mount -t tmpfs -o size=8m t "${place.path}" && exec "$0" "$@"' "$@"`;
    const [without, result] = await startChildInShell(script, [
      'useReserve',
      join(place.path, '.dp'),
    ]).said;
    expect(without).toMatchObject({ code: 'DP8002' });
    expect(result).toStrictEqual({ removed: 149, left: 1 });
  },
);

testNeeding('the right to mount', canMount)('a disk too small to begin on is told', async () => {
  const script = `exec unshare -rm sh -c 'mount -t tmpfs -o size=16k t "${place.path}" && exec "$0" "$@"' "$@"`;
  const [said] = await startChildInShell(script, ['open', join(place.path, '.dp')]).said;
  expect(said).toMatchObject({ code: 'DP8002', message: expect.stringContaining('ENOSPC') });
});
