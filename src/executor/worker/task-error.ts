/** Converts whatever a task threw to plain data, with its place in the user's code. It never throws. */
import { sep } from 'node:path';
import { isOwnCode } from '../../lib/own-code.ts';
import { inspect } from 'node:util';
import type { Place } from '../../model/diagnostic.ts';
import type { TaskError } from '../../model/event.ts';
import { Fault, type DiagnosticCode } from '../../model/fault.ts';
import { placeOfFrame } from '../../registry/loader/stack.ts';
import { isError, readField, RETRY_AFTER } from '../../registry/authoring/error-wishes.ts';

const MESSAGE_LIMIT = 16_384;
/** Characters kept of a name or a code. */
const WORD_LIMIT = 200;
const DETAILS_LIMIT = 2_000;
/** Depth of causes, and number of the errors that an AggregateError tells. */
const CAUSES_LIMIT = 5;
/** Depth from which an AggregateError tells none of its errors: they would be too many. */
const AGGREGATES_LIMIT = 2;

/** `clean` is applied to every text before it is truncated. */
export function describeError(
  thrown: unknown,
  clean: (text: string) => string = (text) => text,
  depth = 0,
): TaskError {
  const shown = (text: string, limit = MESSAGE_LIMIT): string => clip(clean(text), limit);
  if (!isError(thrown)) {
    return {
      name: 'NonError',
      message: shown(`threw ${inspected(thrown, 3)}, which is no Error`),
    };
  }
  const written = readField(thrown, 'stack');
  const stack = typeof written === 'string' ? userStack(written) : undefined;
  const place = stack === undefined ? undefined : firstUserPlace(stack);
  const code = readField(thrown, 'code');
  const details = detailsOf(thrown);
  const inner = (error: unknown): TaskError => describeError(error, clean, depth + 1);
  const cause = depth < CAUSES_LIMIT ? readField(thrown, 'cause') : undefined;
  const errors = depth < AGGREGATES_LIMIT ? errorsIn(thrown) : undefined;
  return {
    name: shown(textOf(readField(thrown, 'name')), WORD_LIMIT),
    message: shown(textOf(readField(thrown, 'message'))),
    ...(stack === undefined ? {} : { stack: shown(stack) }),
    ...(place === undefined ? {} : { file: place.file, line: place.line, column: place.column }),
    ...(typeof code === 'string' ? { code: clip(code, WORD_LIMIT) } : {}),
    ...(details === undefined ? {} : { details: shown(details, DETAILS_LIMIT) }),
    ...(cause === undefined ? {} : { cause: inner(cause) }),
    ...(errors === undefined ? {} : { errors: errors.map(inner) }),
  };
}

/** Returns the first errors of an AggregateError; undefined for any other. */
function errorsIn(thrown: object): readonly unknown[] | undefined {
  const errors = readField(thrown, 'errors');
  try {
    return Array.isArray(errors) && errors.every(isError)
      ? errors.slice(0, CAUSES_LIMIT)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Fields that are told elsewhere, or say nothing beyond the message of an error of the system. */
const TOLD = new Set(
  `name message stack cause errors ${RETRY_AFTER} errno syscall address port path dest hostname`.split(
    ' ',
  ),
);

/** Returns the error's other own fields as text. */
function detailsOf(thrown: object): string | undefined {
  if (thrown instanceof Fault) return undefined;
  try {
    const fields = Object.keys(thrown)
      .filter((key) => !TOLD.has(key))
      .map((key) => [key, readField(thrown, key)] as const)
      .filter(
        ([key, value]) => value !== undefined && (key !== 'code' || typeof value !== 'string'),
      );
    return fields.length === 0 ? undefined : inspected(Object.fromEntries(fields), 1);
  } catch {
    return undefined;
  }
}

function inspected(value: unknown, depth: number): string {
  try {
    return inspect(value, { depth, customInspect: false, breakLength: 100, maxStringLength: 500 });
  } catch {
    return 'a value that cannot be looked at';
  }
}

/** Returns the value as text, as the name and message of an error can be any value. */
function textOf(value: unknown): string {
  try {
    // oxlint-disable-next-line typescript/no-base-to-string -- whatever it makes of itself
    return String(value ?? 'not readable');
  } catch {
    return 'not readable';
  }
}

/** Drops the frames of dp and of Node below the user's own. */
function userStack(stack: string): string {
  const lines = stack.split('\n');
  const last = lines.findLastIndex((line) => userPlace(line) !== undefined);
  return last === -1 ? stack : lines.slice(0, last + 1).join('\n');
}

function firstUserPlace(stack: string): Place | undefined {
  const places = stack.split('\n').map(userPlace);
  return places.find((place) => place?.file.includes(`${sep}node_modules${sep}`) === false);
}

/** Returns the place of a frame that is neither Node's nor dp's; packages that the user calls are the user's. */
function userPlace(line: string): Place | undefined {
  const place = placeOfFrame(line);
  return place === undefined || isOwn(place.file) ? undefined : place;
}

const isOwn = (file: string): boolean =>
  isOwnCode(file) || file.includes(`${sep}node_modules${sep}piscina${sep}`);

const clip = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;

/** Returns the error of a limit in time that dp watches. */
export const timeoutError = (code: DiagnosticCode, message: string): TaskError => ({
  name: 'TimeoutError',
  message,
  code,
});
