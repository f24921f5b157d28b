/** Whatever a task threw, as plain data with its place in the user's code. */
import { sep } from 'node:path';
import { isOwnCode } from '../../lib/own-code.ts';
import { inspect } from 'node:util';
import type { Place } from '../../model/diagnostic.ts';
import type { TaskError } from '../../model/event.ts';
import type { DiagnosticCode } from '../../model/fault.ts';
import { placeOfFrame } from '../../registry/loader/stack.ts';

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
      message: shown(
        `threw ${inspect(thrown, { depth: 3, customInspect: false })}, which is no Error`,
      ),
    };
  }
  // Anything can be given to an error as its name and message.
  const { name, message }: { readonly name: unknown; readonly message: unknown } = thrown;
  const stack = typeof thrown.stack === 'string' ? userStack(thrown.stack) : undefined;
  const place = stack === undefined ? undefined : firstUserPlace(stack);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return {
    name: String(name),
    message: shown(String(message)),
    ...(stack === undefined ? {} : { stack: shown(stack) }),
    ...(place === undefined ? {} : { file: place.file, line: place.line, column: place.column }),
    ...(code === undefined ? {} : { code }),
    ...(thrown.cause === undefined || depth >= CAUSES_LIMIT
      ? {}
      : { cause: describeError(thrown.cause, clean, depth + 1) }),
  };
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

/** Of a frame that is neither Node's nor dp's; packages that the user calls are the user's. */
function userPlace(line: string): Place | undefined {
  const place = placeOfFrame(line);
  return place === undefined || isOwn(place.file) ? undefined : place;
}

const isOwn = (file: string): boolean =>
  isOwnCode(file) || file.includes(`${sep}node_modules${sep}piscina${sep}`);

const clip = (text: string): string =>
  text.length <= MESSAGE_LIMIT
    ? text
    : `${text.slice(0, MESSAGE_LIMIT)}… (${text.length} characters)`;

/** Of a limit in time that dp watches. */
export const timeoutError = (code: DiagnosticCode, message: string): TaskError => ({
  name: 'TimeoutError',
  message,
  code,
});
