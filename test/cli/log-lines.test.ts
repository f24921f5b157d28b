import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogLines, offsetOfLast } from '../../src/cli/following/log-lines.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dp-log-'));
  file = join(folder, 'a.1.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const added = (lines: LogLines, isOver = false): Promise<string[]> =>
  Array.fromAsync(lines.added({ isOver }));

test('a line is passed on when it is complete', async () => {
  const lines = new LogLines(file);
  expect(await added(lines)).toEqual([]);
  writeFileSync(file, 'one\ntw');
  expect(await added(lines)).toEqual(['one']);
  expect(await added(lines)).toEqual([]);
  appendFileSync(file, 'o\n\nthr');
  expect(await added(lines)).toEqual(['two', '']);
  appendFileSync(file, 'ee');
  expect(await added(lines, true)).toEqual(['three']);
  expect(await added(lines, true)).toEqual([]);
});

test('a character whose bytes come one by one is whole', async () => {
  const lines = new LogLines(file);
  const told: string[] = [];
  for (const byte of Buffer.from('a 😀 日\n')) {
    appendFileSync(file, Uint8Array.of(byte));
    told.push(...(await added(lines)));
  }
  expect(told).toEqual(['a 😀 日']);
});

test('lines longer than any chunk are whole, and endless ones come in parts', async () => {
  const long = '日'.repeat(100_000);
  writeFileSync(file, `${long}\nshort\n`);
  expect(await added(new LogLines(file))).toEqual([long, 'short']);
  writeFileSync(file, 'x'.repeat(3_000_000));
  const parts = await added(new LogLines(file), true);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.join('')).toHaveLength(3_000_000);
});

test.for([
  ['', 3, 0],
  ['one', 1, 0],
  ['one\n', 1, 0],
  ['one\ntwo', 1, 4],
  ['one\ntwo\n', 1, 4],
  ['one\ntwo\nthree\n', 2, 4],
  ['one\ntwo\n', 9, 0],
  ['one\n\n', 1, 4],
] as const)('in %j the last %i lines begin at %i', async ([text, count, offset]) => {
  writeFileSync(file, text);
  expect(await offsetOfLast(count, file)).toBe(offset);
});

test('the last lines of a long file are found across chunks', async () => {
  const line = `${'x'.repeat(999)}\n`;
  writeFileSync(file, line.repeat(500));
  for (const count of [1, 65, 66, 131, 499]) {
    expect(await offsetOfLast(count, file)).toBe((500 - count) * 1000);
  }
});
