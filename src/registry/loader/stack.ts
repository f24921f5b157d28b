import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOwnCode } from '../../lib/own-code.ts';
import type { Place } from '../../model/diagnostic.ts';

/** Returns the innermost frame in the user's own code, not in Node, dp or a package; undefined when there is none. */
export function userFrame(stack: string | undefined): Place | undefined {
  for (const line of stack?.split('\n') ?? []) {
    const place = placeOfFrame(line);
    if (place !== undefined && !isForeign(place.file)) return place;
  }
  return undefined;
}

/** Matches `at f (file:///a.ts:1:2)`, `at /a.cjs:1:2` and `at async file:///a.ts:1:2`. */
const FRAME = /^\s+at (?:.*\()?(?:async )?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)\)?$/;

/** Returns the place that a line of a stack names; undefined when it is not a frame, or is one of Node's own. */
export function placeOfFrame(line: string): Place | undefined {
  const [, where, row, column] = FRAME.exec(line) ?? [];
  // The thrower may have written the stack itself: a URL in it need not name a local file.
  if (where === undefined || !isFileHere(where)) return undefined;
  return { file: pathOf(where), line: Number(row), column: Number(column) };
}

const isFileHere = (where: string): boolean =>
  !where.startsWith('file:') || /^file:\/\/\/(?:[^%]|%(?!2f|5c|00)[\da-f]{2})*$/i.test(where);

/** Returns the path of a file that a stack or call site names by a path, or by a URL with an optional query. */
export function pathOf(where: string): string {
  return where.startsWith('file:') ? fileURLToPath(where.replace(/[?#].*$/s, '')) : where;
}

function isForeign(file: string): boolean {
  return isOwnCode(file) || file.includes(`${sep}node_modules${sep}`);
}
