/** A disk that refuses: a clear fault, no temporary file, nothing half-written, and later work goes on. */
import { expect, test } from 'vitest';
import { type Disk, nodeDisk } from '../../src/io/disk.ts';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import type { IoManager } from '../../src/io/io-manager.ts';
import { Fault } from '../../src/model/fault.ts';
import { collect } from './contract/shared.ts';
import { faultCode, filesBelow, temporaryFolder } from './samples.ts';

const at = { run: 'run1', task: 'clean', id: '1' };
type Call = 'openSync' | 'writeSync' | 'closeSync' | 'renameSync' | 'mkdirSync' | 'lstatSync';

test.each<[Call, string]>([
  ['openSync', 'EMFILE'],
  ['openSync', 'EACCES'],
  ['openSync', 'EROFS'],
  ['openSync', 'ENOSPC'],
  ['writeSync', 'ENOSPC'],
  ['writeSync', 'EIO'],
  ['closeSync', 'EDQUOT'],
  ['renameSync', 'EIO'],
  ['mkdirSync', 'EROFS'],
  ['lstatSync', 'EIO'],
])('%s refused with %s', async (call, code) => {
  const { io, root, failing } = disk();
  failing[call] = code;
  const fault = await io.save(at, { a: 1 }).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(Fault);
  expect(fault).toMatchObject({ code: 'DP8002', cause: { code } });
  expect((fault as Fault).message).toContain(root);
  expect((fault as Fault).diagnostics[0]?.hint).toBeTruthy();
  delete failing[call];
  expect(filesBelow(root)).toEqual([]);
  expect(await io.has((await io.save(at, { a: 1 })).ref)).toBe(true);
});

test('a disk that fills up within a file', async () => {
  const root = temporaryFolder();
  let room = 100_000;
  const filling: Disk = {
    ...nodeDisk,
    writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number) => {
      if (room === 0) throw systemError('ENOSPC');
      const count = Math.min(length, room);
      room -= count;
      return nodeDisk.writeSync(fd, bytes, offset, count);
    }) as Disk['writeSync'],
  };
  const io = createFilesystemIo({ root, disk: filling });
  const { ref } = await io.save(at, 'x'.repeat(40_000));
  expect(await faultCode(io.save({ ...at, id: '2' }, 'x'.repeat(80_000)))).toBe('DP8002');
  expect(filesBelow(root)).toHaveLength(1);
  expect(await io.has(ref)).toBe(true);
});

test('a stream that fills the disk gives its room back', async () => {
  const { io, root, failing } = disk();
  const rows = (function* () {
    for (let n = 0; n < 4; n++) {
      if (n === 3) failing.writeSync = 'ENOSPC';
      yield 'x'.repeat(1_100_000);
    }
  })();
  expect(await faultCode(io.saveStream(at, rows))).toBe('DP8002');
  expect(filesBelow(root)).toEqual([]);
});

test('a disk that refuses to read says nothing about what is on it', async () => {
  const { io, failing } = disk();
  const { ref } = await io.save(at, 1);
  const { ref: stream } = await io.saveStream({ ...at, id: '2' }, [1]);
  failing.openSync = 'EMFILE';
  for (const work of [io.has(ref), io.load(ref), io.has(stream), collect(io.list(at.run))]) {
    expect(await faultCode(work)).toBe('DP8002');
  }
  delete failing.openSync;
  expect(await io.has(ref)).toBe(true);
});

test('short writes and reads are gone on with', async () => {
  const root = temporaryFolder();
  const slow: Disk = {
    ...nodeDisk,
    writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number) =>
      nodeDisk.writeSync(fd, bytes, offset, Math.min(length, 7))) as Disk['writeSync'],
    readSync: ((fd: number, bytes: Uint8Array, offset: number, length: number, from: number) =>
      nodeDisk.readSync(fd, bytes, offset, Math.min(length, 5), from)) as Disk['readSync'],
  };
  const io = createFilesystemIo({ root, disk: slow });
  const { ref } = await io.save(at, 'some text, not short');
  expect(await io.load(ref)).toBe('some text, not short');
  expect(await io.has(ref)).toBe(true);
});

/** A real folder behind a disk whose calls fail as `failing` says. */
function disk(): { io: IoManager; root: string; failing: Partial<Record<Call, string>> } {
  const root = temporaryFolder();
  const failing: Partial<Record<Call, string>> = {};
  const calls = [
    'openSync',
    'writeSync',
    'closeSync',
    'renameSync',
    'mkdirSync',
    'lstatSync',
  ] as const;
  const refusing = calls.map((call) => [
    call,
    (...given: unknown[]): unknown => {
      const code = failing[call];
      if (code !== undefined && call !== 'closeSync') throw systemError(code);
      const result = (nodeDisk[call] as (...all: unknown[]) => unknown)(...given);
      if (code !== undefined) throw systemError(code);
      return result;
    },
  ]);
  const io = createFilesystemIo({ root, disk: { ...nodeDisk, ...Object.fromEntries(refusing) } });
  return { io, root, failing };
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code, syscall: 'write', errno: -1 });
}
