/** Reading state without leaving a trace. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openShared } from '../../src/store/database.ts';
import type { Migration } from '../../src/store/migrations.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { openTraceless } from '../../src/store/traceless.ts';
import { fault } from './fault.ts';
import { temporaryFolder } from './folder.ts';
import { startChild } from './processes.ts';
import { ended, newRun, started } from './samples.ts';
import { testNeeding } from '../test-needing.ts';

let place: ReturnType<typeof temporaryFolder>;
let folder: string;
const open = () => openSqliteStore({ folder });
const openReadOnly = () => openSqliteStore({ folder, readOnly: true });

beforeEach(() => {
  place = temporaryFolder();
  folder = join(place.path, '.dp');
});
afterEach(() => place[Symbol.dispose]());

function makeRun(id: string): void {
  using store = open();
  store.begin(newRun(id));
  store.append(id, [started(id), ended(id)]);
}

/** Names, sizes and times of everything in the folder. */
const look = (): string[] =>
  readdirSync(folder).map((name) => {
    const { size, mtimeNs } = statSync(join(folder, name), { bigint: true });
    return `${name} ${size} ${mtimeNs}`;
  });

test('where there is no state, an empty store stands in and nothing is made', () => {
  using store = openReadOnly();
  expect(store.list()).toStrictEqual([]);
  expect(store.get('a')).toBeUndefined();
  expect(readdirSync(place.path)).toStrictEqual([]);
});

test('an empty folder and an empty file stay empty', () => {
  mkdirSync(folder);
  using none = openReadOnly();
  expect(none.list()).toStrictEqual([]);
  writeFileSync(join(folder, 'state.db'), '');
  using empty = openReadOnly();
  expect(empty.list()).toStrictEqual([]);
  expect(look()).toStrictEqual([expect.stringMatching(/^state\.db 0 /)]);
});

test('what is there is read, and the folder stays as it was', () => {
  makeRun('a');
  const before = look();
  {
    using store = openReadOnly();
    expect(store.list().map(({ runId }) => runId)).toStrictEqual(['a']);
    expect([...store.read('a')]).toHaveLength(2);
    store.flush();
  }
  expect(look()).toStrictEqual(before);
});

test('what writers do meanwhile is seen, whether they are still there or done', () => {
  using reader = openReadOnly();
  expect(reader.list()).toHaveLength(0);
  makeRun('a');
  expect(reader.list()).toHaveLength(1);
  makeRun('b');
  expect(reader.list()).toHaveLength(2);
  using writer = open();
  writer.begin(newRun('c'));
  expect(reader.list()).toHaveLength(3);
  writer.begin(newRun('d'));
  expect(reader.list()).toHaveLength(4);
});

test('a store opened to read refuses to write', () => {
  makeRun('a');
  using store = openReadOnly();
  expect(() => store.begin(newRun('b'))).toThrow(fault('DP9001'));
  expect(() => store.remove(['a'])).toThrow(fault('DP9001'));
});

/** Who root is, no permission keeps out: then the child gives up being root. */
const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function forbidWriting(): void {
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
  chmodSync(folder, 0o555);
  chmodSync(place.path, 0o755);
}

const list = async (): Promise<unknown> => (await startChild(['list', folder], asNobody).said)[0];

testNeeding('a system other than Windows', process.platform !== 'win32')(
  'a read-only folder is read',
  async () => {
    makeRun('a');
    forbidWriting();
    expect(await list()).toStrictEqual(['a succeeded']);
  },
);

testNeeding('a system other than Windows', process.platform !== 'win32')(
  'a read-only folder is read while its writer works, and after it was killed',
  async () => {
    const writer = startChild(['appendForEver', folder, 'a']);
    await writer.hasSaid(5);
    forbidWriting();
    expect(await list()).toStrictEqual(['a running']);
    writer.process.kill('SIGKILL');
    await writer.said;
    expect(await list()).toStrictEqual(['a crashed']);
  },
);

testNeeding('the right to mount', canMount())('a disk mounted read-only is read', async () => {
  makeRun('a');
  const script = `mount --bind "${folder}" "${folder}" && mount -o remount,ro,bind "${folder}" && "$0" "$@"`;
  const args = ['-rm', 'sh', '-c', script, process.execPath];
  const child = new URL('child.ts', import.meta.url).pathname;
  const { stdout, stderr } = spawnSync('unshare', [...args, child, 'list', folder], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toStrictEqual(['a succeeded']);
});

function canMount(): boolean {
  return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 't', '/mnt']).status === 0;
}

test('a copy of the state taken while a writer worked is read', () => {
  const copy = join(place.path, 'copy');
  mkdirSync(copy);
  using writer = open();
  writer.begin(newRun('a'));
  for (const name of ['state.db', 'state.db-wal'])
    copyFileSync(join(folder, name), join(copy, name));
  using store = openSqliteStore({ folder: copy, readOnly: true });
  expect(store.get('a')).toMatchObject({ runId: 'a' });
});

test('an older database is brought up to date in memory only', () => {
  const path = join(place.path, 'old.db');
  const old: Migration[] = [{ to: 1000, sql: "CREATE TABLE t (x); INSERT INTO t VALUES ('kept')" }];
  openShared({ path, durability: 'run', migrations: old })[Symbol.dispose]();
  const before = statSync(path, { bigint: true }).mtimeNs;
  const newer = [...old, { to: 1001, sql: "ALTER TABLE t ADD COLUMN y DEFAULT 'added'" }];
  using db = openTraceless(path, newer);
  expect(db.read((sql) => sql('SELECT x, y FROM t').get())).toEqual({ x: 'kept', y: 'added' });
  expect(statSync(path, { bigint: true }).mtimeNs).toBe(before);
});
