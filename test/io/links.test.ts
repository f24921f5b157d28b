/** Results stay below the state folder, whatever stands in their way. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { RunFolders } from '../../src/io/run-folders.ts';
import type { StreamRef } from '../../src/io/stored-value.ts';
import { faultCode, filesBelow, temporaryFolder } from './samples.ts';

const at = { run: 'run1', task: 'clean', id: '1' };
const FOLDERS = ['', 'runs', 'runs/run1', 'runs/run1/results', 'runs/run1/results/clean'];

test.each(FOLDERS)('nothing is written or removed through a link at <root>/%s', async (folder) => {
  const { root, outside, link } = place(folder);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(outside, link);
  const io = createFilesystemIo({ root });
  expect(await faultCode(io.save(at, 1))).toBe('DP8001');
  expect(await faultCode(io.saveStream(at, [1]))).toBe('DP8001');
  expect(await faultCode(io.clear(at.run, at.task))).toBe('DP8001');
  expect(filesBelow(outside)).toEqual(['precious']);
});

test.each(FOLDERS)('nor when a link takes the place of <root>/%s later', async (folder) => {
  const { root, outside, link } = place(folder);
  const io = createFilesystemIo({ root });
  await io.save(at, 1);
  renameSync(link, `${link}-aside`);
  symlinkSync(outside, link);
  expect(await faultCode(io.save(at, 1))).toBe('DP8001');
  expect(await faultCode(io.saveStream(at, [1]))).toBe('DP8001');
  expect(await faultCode(io.clear(at.run, at.task))).toBe('DP8001');
  expect(filesBelow(outside)).toEqual(['precious']);
});

test.each([...FOLDERS, 'runs/run1/results/clean/s.stream'])(
  'nor is anything read through a link at <root>/%s',
  async (folder) => {
    const { root, outside, link } = place(folder);
    const io = createFilesystemIo({ root });
    const { ref: value } = await io.save(at, 1);
    const { ref: stream } = await io.saveStream({ ...at, id: 's' }, [1]);
    const refs = folder.endsWith('stream') ? [stream] : [value, stream];
    const moved = join(outside, 'moved');
    renameSync(link, moved);
    symlinkSync(moved, link);
    const reader = createFilesystemIo({ root });
    for (const ref of refs) {
      expect(await faultCode(reader.load(ref))).toBe('DP7002');
      expect(await reader.has(ref)).toBe(false);
    }
    const stored = new RunFolders(root);
    expect(await Array.fromAsync(stored.filesOf(stream as StreamRef))).toEqual([]);
    const before = filesBelow(outside);
    for (const keep of [['other'], []]) {
      await stored.remove('run1', (act) => (act(new Set(keep)), true));
      await stored.sweep();
      expect(filesBelow(outside)).toEqual(before);
    }
  },
);

test('a link among the results is removed by clear, not followed', async () => {
  const { root, outside } = place('');
  const io = createFilesystemIo({ root });
  await io.save(at, 1);
  symlinkSync(outside, join(root, 'runs/run1/results/other'));
  symlinkSync(outside, join(root, 'runs/run1/results/clean/2.stream'));
  await io.saveStream({ ...at, id: '2' }, [1]);
  await io.clear(at.run);
  expect(filesBelow(outside)).toEqual(['precious']);
});

test('a link with the name of a result is replaced, not written through', async () => {
  const { root, outside } = place('');
  const io = createFilesystemIo({ root });
  await io.save(at, 1);
  symlinkSync(join(outside, 'precious'), join(root, 'runs/run1/results/clean/2.val'));
  const { ref } = await io.save({ ...at, id: '2' }, [2]);
  expect(await io.load(ref)).toEqual([2]);
});

test('a file where a folder should be is reported as such', async () => {
  const { root } = place('');
  mkdirSync(join(root, 'runs'), { recursive: true });
  writeFileSync(join(root, 'runs/run1'), '');
  const saving = createFilesystemIo({ root }).save(at, 1);
  await expect(saving).rejects.toMatchObject({
    code: 'DP8001',
    message: `"${join(root, 'runs/run1')}" is not a folder`,
  });
});

test('folders that were removed meanwhile are made again', async () => {
  const { root } = place('');
  const io = createFilesystemIo({ root });
  await io.save(at, 1);
  rmSync(root, { recursive: true });
  const { ref } = await io.save(at, 1);
  expect(await io.has(ref)).toBe(true);
});

function place(folder: string): { root: string; outside: string; link: string } {
  const top = temporaryFolder();
  const outside = join(top, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'precious'), 'keep');
  const root = join(top, 'state');
  return { root, outside, link: join(root, folder) };
}
