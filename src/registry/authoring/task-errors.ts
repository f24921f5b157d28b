import type { Instant, Milliseconds } from '../../model/ids.ts';

/** Thrown by a task that knows another attempt cannot help: it fails at once, whatever `maxRetries` says. */
export class NonRetryableError extends Error {
  override readonly name = 'NonRetryableError';
}

/** By name, because the error may come from another copy of dp, or from the user's own class. */
export function isNonRetryable(error: unknown): boolean {
  return error instanceof Error && error.name === 'NonRetryableError';
}

/**
 * How long an error asks to wait, by carrying `retryAfter`: seconds, or a Date.
 * Undefined when it asks for nothing that makes sense; the retry policy decides then.
 */
export function retryAfter(error: unknown, now: Instant): Milliseconds | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfter' in error)) return undefined;
  const asked = error.retryAfter;
  const wait =
    asked instanceof Date ? asked.getTime() - now : typeof asked === 'number' ? asked * 1000 : NaN;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
