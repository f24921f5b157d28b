/** The end of an attempt's log, for people. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { harmless } from '../console/terminal.ts';
import { clipped } from '../../views/amounts.ts';

/** Characters shown of a line, which may be as long as a task likes. */
const LONGEST_LINE = 2_000;

/** Returns at most so many lines from the last `bytes` of the file; none when the task printed nothing. */
export function logTail(file: string, lines: number, bytes: number): readonly string[] {
  const text = endOf(file, bytes);
  if (text === '') return [];
  const shown = stripVTControlCharacters(text).trimEnd().split('\n').slice(-lines);
  return shown.map((line) => clipped(harmless(readable(line)), LONGEST_LINE));
}

/** Returns the end of the file in whole lines, unless the last line alone is longer. */
function endOf(file: string, bytes: number): string {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    // The file is made with the first byte that is printed.
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(0, size - bytes);
    const chunk = Buffer.alloc(size - start);
    const text = chunk.toString('utf8', 0, readSync(fd, chunk, 0, chunk.length, start));
    const firstBreak = text.indexOf('\n');
    const hasWholeLine = firstBreak !== -1 && firstBreak < text.length - 1;
    return start > 0 && hasWholeLine ? text.slice(firstBreak + 1) : text;
  } finally {
    closeSync(fd);
  }
}

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
};

/** Returns a line of `ctx.log` as `info: cleaning rows=3`, and any other line unchanged. */
function readable(line: string): string {
  if (!line.startsWith('{"level":')) return line;
  try {
    const { level, time: _, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const name = LEVELS[Number(level)];
    if (name === undefined) return line;
    const words = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return [`${name}:`, ...(typeof msg === 'string' ? [msg] : []), ...words].join(' ');
  } catch {
    // The task printed a line of its own that begins like one of `ctx.log`.
    return line;
  }
}
