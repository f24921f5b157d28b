import { fstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../src/io/disk.ts';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { faultCode, temporaryFolder } from './samples.ts';

const at = { run: 'run1', task: 'clean', id: '1' };

test('flushing a run syncs its files first, then every folder up to the one that holds the root', async () => {
  const { io, root, synced } = watched();
  await io.save(at, 'text');
  await io.saveStream({ ...at, task: 'rows' }, [1]);
  await io.save({ ...at, run: 'run2' }, 'elsewhere');
  await io.flush('run1');
  const results = join(root, 'runs/run1/results');
  const files = ['clean/1.txt', 'rows/1.stream/000000.part', 'rows/1.stream/index'];
  const folders = ['', 'clean', 'rows', 'rows/1.stream', '..', '../..', '../../..', '../../../..'];
  const numbers = (names: string[]): number[] =>
    names.map((name) => statSync(join(results, name)).ino).toSorted((a, b) => a - b);
  const inOrder = (from: number, to?: number): number[] =>
    synced.slice(from, to).toSorted((a, b) => a - b);
  expect(inOrder(0, files.length)).toEqual(numbers(files));
  expect(inOrder(files.length)).toEqual(numbers(folders));
});

test('flushing a run that has stored nothing syncs nothing', async () => {
  const { io, synced } = watched();
  await io.save({ ...at, run: 'run2' }, 'elsewhere');
  await io.flush('run1');
  expect(synced).toEqual([]);
});

test('flushing a task leaves the others alone', async () => {
  const { io, root, synced } = watched();
  await io.save(at, 1);
  await io.save({ ...at, task: 'other' }, 1);
  await io.flush('run1', 'clean');
  const results = join(root, 'runs/run1/results');
  expect(synced).toContain(statSync(join(results, 'clean/1.val')).ino);
  expect(synced).toContain(statSync(results).ino);
  expect(synced).not.toContain(statSync(join(results, 'other/1.val')).ino);
});

test('what another manager wrote is flushed too', async () => {
  const { io, root, synced } = watched();
  await createFilesystemIo({ root }).save(at, 1);
  await io.flush('run1');
  expect(synced).toContain(statSync(join(root, 'runs/run1/results/clean/1.val')).ino);
});

test('many files are flushed with their file system, or one by one where that cannot be', async () => {
  const { io, root, synced, filesystem } = watched();
  for (let n = 0; n < 300; n++) await io.save({ ...at, id: String(n) }, n);
  filesystem.syncs = true;
  await io.flush('run1');
  expect(synced).toEqual([]);
  filesystem.syncs = false;
  await io.flush('run1');
  expect(synced.length).toBeGreaterThan(300);
  expect(synced).toContain(statSync(dirname(root)).ino);
});

test('the file system of a real folder can be flushed', async () => {
  expect(await nodeDisk.syncFilesystem(temporaryFolder())).toBe(process.platform === 'linux');
  expect(await nodeDisk.syncFilesystem('/no/such/folder')).toBe(false);
});

test('a device that fails to sync is a fault', async () => {
  const root = temporaryFolder();
  const failure = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fsync' });
  const io = createFilesystemIo({
    root,
    disk: { ...nodeDisk, sync: () => Promise.reject(failure) },
  });
  await io.save(at, 1);
  expect(await faultCode(io.flush('run1'))).toBe('DP8002');
});

/** A manager that notes, by inode, what it syncs. */
function watched() {
  const root = join(temporaryFolder(), 'state');
  const synced: number[] = [];
  const filesystem = { syncs: false };
  const disk = {
    ...nodeDisk,
    sync: (fd: number) => {
      synced.push(fstatSync(fd).ino);
      return Promise.resolve();
    },
    syncFilesystem: () => Promise.resolve(filesystem.syncs),
  };
  return { io: createFilesystemIo({ root, disk }), root, synced, filesystem };
}
