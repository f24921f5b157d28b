/** State folders that are not as they should be: each is refused with what is wrong, and left as it is. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LONGEST_FOLDER_BYTES } from '../../src/store/state-folder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { fault } from './fault.ts';
import { temporaryFolder } from './folder.ts';
import { startChild } from './processes.ts';
import { newRun, started, taskSucceeded } from './samples.ts';
import { testNeeding } from '../test-needing.ts';

let place: ReturnType<typeof temporaryFolder>;
let folder: string;
const open = (readOnly = false) => openSqliteStore({ folder, readOnly });

beforeEach(() => {
  place = temporaryFolder();
  folder = join(place.path, '.dp');
});
afterEach(() => place[Symbol.dispose]());

function makeStore(): void {
  using store = open();
  store.begin(newRun('a'));
  store.append('a', [
    started('a'),
    ...Array.from({ length: 500 }, (_, i) => taskSucceeded('a', `t${i}`)),
  ]);
}

function changeDatabase(sql: string): void {
  using db = new DatabaseSync(join(folder, 'state.db'));
  db.exec(sql);
}

test('a folder that is not there is made, with those above it', () => {
  folder = join(place.path, 'some', 'where', 'else');
  open()[Symbol.dispose]();
  expect(readdirSync(folder).toSorted()).toStrictEqual(['reserve', 'state.db']);
});

test.each(['', '/'])(
  'a symbolic link as the folder is refused, written with "%s" at its end',
  (end) => {
    const target = join(place.path, 'etc');
    mkdirSync(target);
    symlinkSync(target, folder);
    folder += end;
    expect(() => open()).toThrow(fault('DP8001', /symbolic link/));
    expect(() => open(true)).toThrow(fault('DP8001', /symbolic link/));
    expect(readdirSync(target)).toStrictEqual([]);
  },
);

test.each(['state.db', 'state.db-wal', 'state.db-shm', 'state.db-journal'])(
  'a symbolic link as %s is refused, wherever it leads',
  (name) => {
    mkdirSync(folder);
    const target = join(place.path, 'victim');
    symlinkSync(target, join(folder, name));
    expect(() => open()).toThrow(fault('DP8001', /symbolic link/));
    expect(existsSync(target)).toBe(false);
  },
);

test('a file where the folder should be is refused', () => {
  writeFileSync(folder, 'mine');
  expect(() => open()).toThrow(fault('DP8001', /not a folder/));
  expect(readFileSync(folder, 'utf8')).toBe('mine');
});

test('a folder where the database should be is refused', () => {
  mkdirSync(join(folder, 'state.db'), { recursive: true });
  expect(() => open()).toThrow(fault('DP8001', /not a file/));
});

/** A folder below the test's own whose path takes so many bytes. */
function folderOf(bytes: number): string {
  let path = place.path;
  while (bytes - path.length > 202) path = join(path, 'a'.repeat(200));
  return join(path, 'b'.repeat(bytes - path.length - 1));
}

testNeeding('a system other than Windows', process.platform !== 'win32')(
  'the longest path works, and a longer one is told as such',
  () => {
    folder = folderOf(LONGEST_FOLDER_BYTES);
    makeStore();
    using store = open(true);
    expect(store.list()).toHaveLength(1);
    folder = folderOf(LONGEST_FOLDER_BYTES + 1);
    for (const readOnly of [false, true])
      expect(() => open(readOnly)).toThrow(fault('DP8001', /too long: 496 bytes/));
    expect(existsSync(folder)).toBe(false);
    folder = join(place.path, 'a'.repeat(300));
    expect(() => open()).toThrow(fault('DP8001', /ENAMETOOLONG/));
  },
);

testNeeding('a system other than Windows', process.platform !== 'win32')(
  'what is made is for this user alone, whatever the umask; folders above are not',
  () => {
    folder = join(place.path, 'above', '.dp');
    const before = process.umask(0);
    try {
      using store = open();
      store.begin(newRun('a'));
      const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
      expect(modes).toStrictEqual(modes.map(() => 0o600));
      expect(modes.length).toBeGreaterThan(2);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(statSync(join(place.path, 'above')).mode & 0o777).toBe(0o777);
    } finally {
      process.umask(before);
    }
  },
);

test('a file above the folder is reported with the cause', () => {
  writeFileSync(join(place.path, 'file'), '');
  folder = join(place.path, 'file', '.dp');
  expect(() => open()).toThrow(fault('DP8001', /ENOTDIR/));
});

test.each([false, true])(
  'the database of another program is left alone (read only: %s)',
  (readOnly) => {
    mkdirSync(folder);
    changeDatabase('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)');
    const before = readFileSync(join(folder, 'state.db'));
    expect(() => open(readOnly)).toThrow(fault('DP8001', /not a state database of dp.*state\.db/));
    expect(readFileSync(join(folder, 'state.db'))).toStrictEqual(before);
  },
);

test.each([false, true])('a text file as the database is damage (read only: %s)', (readOnly) => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'state.db'), 'not a database at all\n'.repeat(500));
  expect(() => open(readOnly)).toThrow(fault('DP8004', /state\.db/));
});

test('a database with a piece cut off is damage', () => {
  makeStore();
  truncateSync(join(folder, 'state.db'), 20_000);
  expect(() => {
    using store = open();
    store.get('a');
    Array.from(store.read('a'));
  }).toThrow(fault('DP8004', /state\.db/));
});

test.each([false, true])('a table that is gone is damage (read only: %s)', (readOnly) => {
  makeStore();
  changeDatabase('DROP TABLE events; DROP TABLE slots');
  expect(() => open(readOnly)).toThrow(fault('DP8004', /lack events, slots.*state\.db/));
});

test.each([-1, 0, 999])('a version that no dp gives is damage (%d)', (version) => {
  makeStore();
  changeDatabase(`PRAGMA user_version = ${version}`);
  for (const readOnly of [false, true])
    expect(() => open(readOnly)).toThrow(fault('DP8004', new RegExp(`version is ${version},`)));
});

test.each([
  ['an earlier version than its tables are of', 'PRAGMA user_version = 1001'],
  ['a column that is gone', 'ALTER TABLE requests RENAME COLUMN request TO other'],
])('%s is damage', (_, sql) => {
  makeStore();
  changeDatabase(sql);
  for (const readOnly of [false, true])
    expect(() => {
      using store = open(readOnly);
      store.request('a');
    }).toThrow(fault('DP8004', /state\.db/));
});

test('a row that was altered is damage of its run; the others are listed and read', () => {
  makeStore();
  using store = open();
  for (const run of ['b', 'c', 'd']) {
    store.begin(newRun(run));
    store.append(run, [started(run)]);
  }
  changeDatabase(`UPDATE runs SET status = 'good' WHERE run_id = 'a'; UPDATE runs SET owner = '{}' WHERE run_id = 'b';
    UPDATE events SET data = '[' WHERE run = 3`);
  const heard: string[] = [];
  const listed = store.list({ hearDamage: (_, run) => heard.push(run) });
  expect(listed.map(({ runId }) => runId)).toStrictEqual(['d', 'c']);
  expect(heard).toStrictEqual(['b', 'a']);
  expect(() => store.list()).toThrow(fault('DP8004', /run "b"/));
  expect(() => store.get('a')).toThrow(fault('DP8004', /run "a"/));
  expect(() => [...store.read('c')]).toThrow(fault('DP8004', /run "c" is damaged: event 1 /));
  expect([...store.read('d')]).toHaveLength(1);
});

test.each(["topic = ''", "topic = 'a..b'", 'time = -1', "data = '['"])(
  'a published event of which %s is told as damage',
  (change) => {
    using store = open();
    const event = { v: 1, id: 'e', topic: 'a.b', time: 1, data: 1 } as const;
    store.bus.publish(event);
    expect([...store.bus.read(0)]).toStrictEqual([{ position: 1, event }]);
    changeDatabase(`UPDATE published_events SET ${change}`);
    expect(() => [...store.bus.read(0)]).toThrow(fault('DP8004', /published event 1 /));
  },
);

test.each([false, true])('a newer dp is told to an older one (read only: %s)', (readOnly) => {
  makeStore();
  changeDatabase('PRAGMA user_version = 2000');
  expect(() => open(readOnly)).toThrow(fault('DP8003', /version 2\.0/));
});

test('a newer dp that only added something does not shut out an older one', () => {
  makeStore();
  changeDatabase('ALTER TABLE runs ADD COLUMN note TEXT; PRAGMA user_version = 1999');
  using store = open();
  store.begin(newRun('b'));
  expect(store.list()).toHaveLength(2);
});

test('a database that was only just begun when its maker was killed is finished', () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'state.db'), '');
  makeStore();
  using store = open();
  expect(store.list()).toHaveLength(1);
});

/** Who root is, no permission keeps out: then the child gives up being root. */
const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

testNeeding('a system other than Windows', process.platform !== 'win32')(
  'a folder that may not be written is told',
  async () => {
    mkdirSync(folder);
    chmodSync(place.path, 0o755);
    chmodSync(folder, 0o555);
    const [said] = await startChild(['open', folder], asNobody).said;
    expect(said).toMatchObject({ code: 'DP8001', message: expect.stringContaining('state.db') });
  },
);

testNeeding('a system other than Windows', process.platform !== 'win32')(
  'a folder that may not be made is told',
  async () => {
    chmodSync(place.path, 0o555);
    const [said] = await startChild(['open', folder], asNobody).said;
    expect(said).toMatchObject({ code: 'DP8001', message: expect.stringContaining('EACCES') });
  },
);

testNeeding('a system other than Windows', process.platform !== 'win32')(
  'a database that may not be written is told',
  async () => {
    makeStore();
    chmodSync(place.path, 0o755);
    chmodSync(join(folder, 'state.db'), 0o444);
    chmodSync(folder, 0o555);
    const [said] = await startChild(['open', folder], asNobody).said;
    expect(said).toMatchObject({ code: 'DP8001', message: expect.stringContaining('state.db') });
  },
);
