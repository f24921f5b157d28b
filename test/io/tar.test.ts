import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { readTar, writeTar } from '../../src/io/tar.ts';

type Files = readonly (readonly [name: string, bytes: Buffer])[];

const tarOf = async (files: Files): Promise<Buffer> =>
  Buffer.concat(
    await Array.fromAsync<Buffer>(
      writeTar(files.map(([name, bytes]) => ({ name, size: bytes.length, bytes: [bytes] }))),
    ),
  );

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function filesIn(tar: Buffer, piece = 700): Promise<[string, Buffer][]> {
  const files: [string, Buffer][] = [];
  for await (const { name, bytes } of readTar(inPieces(tar, piece)))
    files.push([name, Buffer.concat(await Array.fromAsync(bytes))]);
  return files;
}

test('what was written is read, whatever the names, the sizes and the pieces it comes in', async () => {
  const name = fc.stringMatching(/^[a-z][a-zé/.]{0,150}$/);
  const file = fc.tuple(
    name,
    fc.uint8Array({ maxLength: 1_500 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 5 }),
      fc.integer({ min: 1, max: 2_000 }),
      async (files, piece) => {
        expect(await filesIn(await tarOf(files), piece)).toEqual(files);
      },
    ),
    { numRuns: 100 },
  );
});

test('what the reader of an entry leaves is skipped', async () => {
  const names: string[] = [];
  const tar = await tarOf([
    ['a', Buffer.alloc(5_000, 1)],
    ['b', Buffer.from('x')],
  ]);
  for await (const { name } of readTar(inPieces(tar, 512))) names.push(name);
  expect(names).toStrictEqual(['a', 'b']);
});

test('other programs read it, long names too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dp-tar-'));
  try {
    const long = `${'long'.repeat(40)}/b`;
    writeFileSync(
      join(folder, 'x.tar'),
      await tarOf([
        ['a', Buffer.from('A')],
        [long, Buffer.from('B')],
      ]),
    );
    execFileSync('tar', ['-xf', 'x.tar'], { cwd: folder });
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('A');
    expect(readFileSync(join(folder, long), 'utf8')).toBe('B');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function withEntry(header: Partial<Header> & { readonly name: string }): Promise<Buffer> {
  const tar = pack();
  tar.entry(header);
  tar.finalize();
  return Buffer.concat(await Array.fromAsync(tar as AsyncIterable<Buffer>));
}

test.for([
  ['a hard link', withEntry({ name: 'x', type: 'link', linkname: 'y' })],
  ['a symbolic link', withEntry({ name: 'x', type: 'symlink', linkname: 'y' })],
  ['a device', withEntry({ name: 'x', type: 'character-device' })],
  ['a folder', withEntry({ name: 'x', type: 'directory' })],
  [
    'a header with a wrong sum',
    tarOf([['x', Buffer.alloc(0)]]).then((tar) => tar.fill(0x41, 0, 1)),
  ],
  ['no archive at all', Promise.resolve(Buffer.alloc(2_048, 'x'))],
  [
    'an archive that breaks off in a file',
    tarOf([['a', Buffer.alloc(5_000)]]).then((tar) => tar.subarray(0, 3_000)),
  ],
] as const)('%s is refused', async ([, tar]) => {
  await expect(tar.then((bytes) => filesIn(bytes))).rejects.toMatchObject({ name: 'TarError' });
});

test('a source that fails is no damaged archive, and an entry that fails ends the archive', async () => {
  const whole = await tarOf([['a', Buffer.alloc(5_000)]]);
  const failing = async function* () {
    yield whole.subarray(0, 2_000);
    throw new RangeError('the source fails');
  };
  await expect(Array.fromAsync(readTar(failing()))).rejects.toThrow(RangeError);
  const archive = writeTar([{ name: 'a', size: 5_000, bytes: failing() }]);
  await expect(Array.fromAsync(archive)).rejects.toThrow(RangeError);
});
