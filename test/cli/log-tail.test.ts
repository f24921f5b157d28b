import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { logTail } from '../../src/cli/text/log-tail.ts';

const folder = mkdtempSync(join(tmpdir(), 'dp-log-tail-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tailOf = (text: string, lines = 3, bytes = 1_000): readonly string[] => {
  const file = join(folder, 'x.log');
  writeFileSync(file, text);
  return logTail(file, lines, bytes);
};

test('the last lines are reported, without empty ones at the end', () => {
  expect(tailOf('1\n2\n\n3\n4\n\n\n')).toEqual(['', '3', '4']);
  expect(tailOf('')).toEqual([]);
  expect(logTail(join(folder, 'none.log'), 3, 1_000)).toEqual([]);
});

test('a line that is cut off at its beginning is left out, unless it is the only one', () => {
  expect(tailOf(`${'a'.repeat(100)}\nb\nc`, 9, 10)).toEqual(['b', 'c']);
  expect(tailOf('a'.repeat(100), 9, 10)).toEqual(['a'.repeat(10)]);
  expect(tailOf(`${'a'.repeat(100)}\n`, 9, 10)).toEqual(['a'.repeat(9)]);
});

test('a line of any length is cut', () => {
  const [line] = tailOf('a'.repeat(50_000), 1, 100_000);
  expect(line).toHaveLength(2_002);
});

test('colours are taken out, other control codes are shown', () => {
  expect(tailOf('\u001B[31mred\u001B[0m\u0007\r\n')).toEqual(['red\\x07']);
});

test('what ctx.log wrote is a sentence; what only looks like it stays', () => {
  expect(
    tailOf(
      '{"level":40,"time":1,"rows":3,"who":{"a":"b"},"msg":"odd"}\n{"level":99,"msg":"x"}\n{"level":30,"ti\n',
    ),
  ).toEqual(['warn: odd rows=3 who={"a":"b"}', '{"level":99,"msg":"x"}', '{"level":30,"ti']);
});
