import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOutput, writeOutput } from '../../src/lib/output-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dp-output-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

test('a file is replaced when all of it is written, through a link to it, too', () => {
  writeFileSync(at('file'), 'before');
  symlinkSync('file', at('link'));
  const output = openOutput(at('link'));
  output.write(Buffer.from('after'));
  expect(readFileSync(at('file'), 'utf8')).toBe('before');
  output.commit();
  expect(readFileSync(at('file'), 'utf8')).toBe('after');
  expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
});

test('what is discarded leaves the file as it was, and nothing beside it', () => {
  writeFileSync(at('file'), 'before');
  const output = openOutput(at('file'));
  output.write(Buffer.from('aft'));
  output.discard();
  expect(readFileSync(at('file'), 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['file']);
});

test.skipIf(process.platform === 'win32')('a pipe is written to and stays a pipe', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  const reader = spawn('cat', [at('pipe')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let read = '';
  reader.stdout.on('data', (chunk: Buffer) => (read += chunk.toString()));
  writeOutput(at('pipe'), 'through the pipe');
  await once(reader, 'close');
  expect(read).toBe('through the pipe');
  expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
});

test('a folder is refused', () => {
  mkdirSync(at('folder'));
  expect(() => openOutput(at('folder'))).toThrow('it is a folder');
});
