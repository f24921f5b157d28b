/** The requests of an error that a task threw: no further attempt, or a delay before it. Reading the error may throw. */
import type { Instant, Milliseconds } from '../../model/ids.ts';

/** Looks at the name only, because the error may come from another copy of dp, or from the user's own class. */
export function isNonRetryable(error: unknown): boolean {
  return isError(error) && readField(error, 'name') === 'NonRetryableError';
}

export const RETRY_AFTER = 'retryAfter';

export type RetryWish =
  | { readonly is: 'none' }
  | { readonly is: 'wait'; readonly ms: Milliseconds }
  /** `asked` shows what the error carries, which is neither seconds nor a date. */
  | { readonly is: 'not_understood'; readonly asked: string };

/**
 * Returns how long an error asks to wait, by carrying `retryAfter`: a number of seconds, a Date, or either of them as text, as
 * the header Retry-After has it.
 */
export function retryWish(error: unknown, now: Instant): RetryWish {
  if (typeof error !== 'object' || error === null) return { is: 'none' };
  const asked = readField(error, RETRY_AFTER);
  if (asked === undefined || asked === null) return { is: 'none' };
  const ms = waitOf(asked, now);
  if (Number.isFinite(ms)) return { is: 'wait', ms: Math.max(0, ms) };
  return { is: 'not_understood', asked: shown(asked) };
}

/** Returns NaN for what is neither seconds nor a date. */
function waitOf(asked: unknown, now: Instant): Milliseconds {
  if (typeof asked === 'number') return asked * 1000;
  if (asked instanceof Date) return asked.getTime() - now;
  if (typeof asked !== 'string') return NaN;
  return /^\s*\d+(\.\d+)?\s*$/.test(asked) ? Number(asked) * 1000 : dateOf(asked) - now;
}

/** Dates begin with a year or the name of a day; Date.parse would take nearly any text for one. */
const dateOf = (text: string): Instant =>
  /^\s*(\d{4}-\d\d-\d\d|[A-Z][a-z]{2,8},? )/.test(text) ? Date.parse(text) : NaN;

function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  if (typeof value === 'number') return String(value);
  return value instanceof Date ? 'an invalid Date' : `of type ${typeof value}`;
}

/** Tells whether it is an error, of whatever realm; a revoked proxy is none. */
export function isError(value: unknown): value is object {
  try {
    return Error.isError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/** Returns undefined for a field that throws when it is read. */
export function readField(object: object, field: string): unknown {
  try {
    return Reflect.get(object, field);
  } catch {
    return undefined;
  }
}
