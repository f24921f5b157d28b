/** Whatever happens to the files of a result, it is whole or it is absent. */
import {
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import type { IoManager } from '../../src/io/io-manager.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { collect } from './contract/shared.ts';
import { faultCode, filesBelow, temporaryFolder } from './samples.ts';

const at = { run: 'run1', task: 'clean', id: '1' };
const kinds: [string, unknown][] = [
  ['JSON', { rows: [1, 2, 3], name: 'x'.repeat(50) }],
  ['a structured clone', new Map([['a', new Date(5)]])],
  ['text', 'some text'],
  ['bytes', new Uint8Array([1, 2, 3])],
  ['a Buffer', Buffer.from('abc')],
];

test.each(kinds)('a bit flipped anywhere in %s makes it absent', async (_name, value) => {
  const { io, ref, file } = await saved(value);
  const whole = readFileSync(file);
  const position = fc.nat({ max: whole.length * 8 - 1 });
  await fc.assert(
    fc.asyncProperty(position, async (bit) => {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(file, flipped);
      expect(await isAbsent(io, ref)).toBe(true);
    }),
  );
  writeFileSync(file, whole);
  expect(await io.load(ref)).toStrictEqual(value);
});

test.each(kinds)('%s cut short anywhere is absent', async (_name, value) => {
  const { io, ref, file } = await saved(value);
  for (let size = readFileSync(file).length - 1; size >= 0; size--) {
    truncateSync(file, size);
    expect(await isAbsent(io, ref)).toBe(true);
  }
});

test('something appended makes a result absent', async () => {
  const { io, ref, file } = await saved('text');
  writeFileSync(file, '\n', { flag: 'a' });
  expect(await isAbsent(io, ref)).toBe(true);
});

test('a result sealed as another kind is not taken for this one', async () => {
  const { io, root, ref, file } = await saved('[1]');
  await io.save(at, [1]);
  renameSync(join(root, 'runs/run1/results/clean/1.val'), file);
  expect(await isAbsent(io, ref)).toBe(true);
});

test('a folder, a link or a pipe in place of a result is no result', async () => {
  const { io, root, ref, file } = await saved('text');
  const copy = join(root, 'copy');
  renameSync(file, copy);
  symlinkSync(copy, file);
  expect(await isAbsent(io, ref)).toBe(true);
  rmSync(file);
  execFileSync('mkfifo', [file]);
  expect(await isAbsent(io, ref)).toBe(true);
  rmSync(file);
  renameSync(join(root, 'runs/run1/results/clean'), join(root, 'moved'));
  expect(await isAbsent(io, ref)).toBe(true);
});

test('a damaged part ends a stream before any of its items is given', async () => {
  const { io, root, ref } = await savedStream();
  const part = join(root, 'runs/run1/results/clean/1.stream/000001.part');
  const bytes = readFileSync(part);
  bytes[1000]! ^= 1;
  writeFileSync(part, bytes);
  expect(await io.has(ref)).toBe(false);
  const items: unknown[] = [];
  const reading = (async () => {
    for await (const item of io.loadStream(ref)) items.push(item);
  })();
  expect(await faultCode(reading)).toBe('DP7002');
  expect(items.length).toBeGreaterThan(0);
  expect(items).toEqual(Array.from(rows(items.length)));
  expect(await io.loadItem(ref, 0)).toEqual({ n: 0, text: TEXT });
});

test.each(['000000.part', '000001.part', 'index'])(
  'a stream without %s is absent',
  async (name) => {
    const { io, root, ref } = await savedStream();
    rmSync(join(root, 'runs/run1/results/clean/1.stream', name));
    expect(await io.has(ref)).toBe(false);
    expect(await faultCode(collect(io.loadStream(ref)))).toBe('DP7002');
  },
);

test('parts of a stream do not change places', async () => {
  const { io, root, ref } = await savedStream();
  const folder = join(root, 'runs/run1/results/clean/1.stream');
  const [first, second] = ['000000.part', '000001.part'].map((name) => join(folder, name));
  renameSync(first!, join(root, 'aside'));
  renameSync(second!, first!);
  renameSync(join(root, 'aside'), second!);
  expect(await isAbsent(io, ref)).toBe(true);
});

test('a listing passes over what is damaged, staged or not its own', async () => {
  const { io, root, ref, file } = await saved('text');
  const folder = join(root, 'runs/run1/results/clean');
  writeFileSync(join(folder, '.1-0-0.tmp'), 'staged');
  writeFileSync(join(folder, 'notes.md'), 'a note');
  writeFileSync(join(folder, 'empty.val'), '');
  expect(await collect(io.list('run1'))).toHaveLength(1);
  truncateSync(file, 3);
  expect(await collect(io.list('run1'))).toEqual([]);
  expect(await io.has(ref)).toBe(false);
});

test('clearing removes what was left staged', async () => {
  const { io, root } = await saved('text');
  writeFileSync(join(root, 'runs/run1/results/clean/.1-0-0.tmp'), 'staged');
  await io.clear('run1', 'clean');
  expect(filesBelow(root)).toEqual([]);
});

test('a stored text and a stored image begin as they were returned', async () => {
  const { file } = await saved('a line\nanother');
  expect(readFileSync(file, 'utf8')).toMatch(/^a line\nanother\ndp1 text +\d+ [0-9a-f]{64}\n$/);
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  const image = await saved(png);
  expect(readFileSync(image.file).subarray(0, png.length)).toEqual(png);
});

const TEXT = 'x'.repeat(1000);

function* rows(count: number): Generator<object> {
  for (let n = 0; n < count; n++) yield { n, text: TEXT };
}

async function saved(value: unknown) {
  const root = temporaryFolder();
  const io = createFilesystemIo({ root });
  const { ref } = await io.save(at, value);
  return { io, root, ref, file: join(root, filesBelow(root)[0]!) };
}

async function savedStream() {
  const root = temporaryFolder();
  const io = createFilesystemIo({ root });
  return { io, root, ref: (await io.saveStream(at, rows(3000))).ref };
}

async function isAbsent(io: IoManager, ref: ResultRef): Promise<boolean> {
  const reading = ref.is === 'stream' ? collect(io.loadStream(ref)) : io.load(ref);
  return (await faultCode(reading)) === 'DP7002' && !(await io.has(ref));
}
