/** Whatever a task threw, as plain data with its place in the user's code. */
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { TaskError } from '../model/event.ts';

const MESSAGE_LIMIT = 16_384;
const CAUSES_LIMIT = 5;

/** `clean` sees every text before it is cut to size. */
export function describeError(
  thrown: unknown,
  clean: (text: string) => string = (text) => text,
  depth = 0,
): TaskError {
  const shown = (text: string): string => clip(clean(text));
  if (!(thrown instanceof Error)) {
    return {
      name: 'NonError',
      message: shown(`threw ${inspect(thrown, { depth: 3 })}, which is no Error`),
    };
  }
  const stack = typeof thrown.stack === 'string' ? userStack(thrown.stack) : undefined;
  const place = stack === undefined ? undefined : firstPlace(stack);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return {
    name: thrown.name,
    message: shown(thrown.message),
    ...(stack === undefined ? {} : { stack: shown(stack) }),
    ...place,
    ...(code === undefined ? {} : { code }),
    ...(thrown.cause === undefined || depth >= CAUSES_LIMIT
      ? {}
      : { cause: describeError(thrown.cause, clean, depth + 1) }),
  };
}

/** Drops the frames of dp and of Node below the user's own. */
function userStack(stack: string): string {
  const lines = stack.split('\n');
  const last = lines.findLastIndex((line) => /^\s+at /.test(line) && isUserFrame(line));
  return last === -1 ? stack : lines.slice(0, last + 1).join('\n');
}

function isUserFrame(line: string): boolean {
  return !/\(?node:|[/\\](?:executor[/\\](?:attempt|worker)\.ts|worker\.mjs|piscina)/.test(line);
}

function firstPlace(stack: string): { file: string; line: number; column: number } | undefined {
  for (const line of stack.split('\n')) {
    if (!/^\s+at /.test(line) || !isUserFrame(line) || line.includes('node_modules')) continue;
    const frame = /\(?((?:file:\/\/)?\/[^()]*?|[A-Za-z]:\\[^()]*?):(\d+):(\d+)\)?$/.exec(line);
    if (frame === null) continue;
    const [, where = '', row, column] = frame;
    const file = where.startsWith('file:')
      ? fileURLToPath(where)
      : where.replace(/^.*? (?=\/)/, '');
    return { file, line: Number(row), column: Number(column) };
  }
  return undefined;
}

const clip = (text: string): string =>
  text.length <= MESSAGE_LIMIT
    ? text
    : `${text.slice(0, MESSAGE_LIMIT)}… (${text.length} characters)`;
