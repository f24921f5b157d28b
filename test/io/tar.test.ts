import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTar, tarEnd, tarHead, tarPadding } from '../../src/io/tar.ts';

type Files = readonly (readonly [name: string, bytes: Buffer])[];

const tarOf = (files: Files): Buffer =>
  Buffer.concat([
    ...files.flatMap(([name, bytes]) => [
      tarHead(name, bytes.length),
      bytes,
      tarPadding(bytes.length),
    ]),
    tarEnd(),
  ]);

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
        expect(await filesIn(tarOf(files), piece)).toEqual(files);
      },
    ),
    { numRuns: 100 },
  );
});

test('what the reader of an entry leaves is skipped', async () => {
  const names: string[] = [];
  const tar = tarOf([
    ['a', Buffer.alloc(5_000, 1)],
    ['b', Buffer.from('x')],
  ]);
  for await (const { name } of readTar(inPieces(tar, 512))) names.push(name);
  expect(names).toStrictEqual(['a', 'b']);
});

test('other programs read it, long names too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dp-tar-'));
  try {
    const long = `${'long'.repeat(40)}/b`;
    writeFileSync(
      join(folder, 'x.tar'),
      tarOf([
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

/** A header of another type, its sum made good. */
function headOfType(type: string): Buffer {
  const head = tarHead('x', 0);
  const before = head[156] ?? 0;
  head.write(type, 156);
  const sum = Number.parseInt(head.toString('latin1', 148, 154), 8) - before + (head[156] ?? 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

test.for([
  ['a hard link', headOfType('1')],
  ['a symbolic link', headOfType('2')],
  ['a device', headOfType('3')],
  ['a folder', headOfType('5')],
  ['a header with a wrong sum', Buffer.concat([tarHead('x', 0).fill(0x41, 0, 1), tarEnd()])],
  ['no archive at all', Buffer.alloc(2_048, 'x')],
  ['nothing', Buffer.alloc(0)],
  ['an archive without its end', tarOf([['a', Buffer.from('A')]]).subarray(0, 1_024)],
  ['an archive that breaks off in a file', tarOf([['a', Buffer.alloc(5_000)]]).subarray(0, 3_000)],
] as const)('%s is refused', async ([, tar]) => {
  await expect(filesIn(tar)).rejects.toMatchObject({ name: 'TarError' });
});
