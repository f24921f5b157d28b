import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOwnCode } from '../../lib/own-code.ts';
import type { Place } from '../../model/diagnostic.ts';

/** The innermost frame in the user's own code: not Node's, not dp's, not a package's. Undefined when there is none. */
export function userFrame(stack: string | undefined): Place | undefined {
  for (const line of stack?.split('\n') ?? []) {
    const place = placeOfFrame(line);
    if (place !== undefined && !isForeign(place.file)) return place;
  }
  return undefined;
}

/** `at f (file:///a.ts:1:2)`, `at /a.cjs:1:2`, `at async file:///a.ts:1:2`. */
const FRAME = /^\s+at (?:.*\()?(?:async )?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)\)?$/;

/** Where a line of a stack points; undefined when it is no frame, or one of Node's own. */
export function placeOfFrame(line: string): Place | undefined {
  const [, where, row, column] = FRAME.exec(line) ?? [];
  // Whoever throws may have written the stack: a URL in it need not be one of a file here.
  if (where === undefined || !isFileHere(where)) return undefined;
  return { file: pathOf(where), line: Number(row), column: Number(column) };
}

const isFileHere = (where: string): boolean =>
  !where.startsWith('file:') || /^file:\/\/\/(?:[^%]|%(?!2f|5c|00)[\da-f]{2})*$/i.test(where);

/** Of a file as stacks and call sites name it: a URL with perhaps a query, or a path. */
export function pathOf(where: string): string {
  return where.startsWith('file:') ? fileURLToPath(where.replace(/[?#].*$/s, '')) : where;
}

function isForeign(file: string): boolean {
  return isOwnCode(file) || file.includes(`${sep}node_modules${sep}`);
}
