/** Decides whether and when a task is retried. It is pure: the same run, task and attempt give the same delay. */
import { digestOf, type Milliseconds } from '../../model/ids.ts';
import type { AttemptFailure } from '../ports/workforce.ts';
import type { RetryPolicy, TaskSettings } from '../../model/settings.ts';

/** Returns the delay before the next attempt, or undefined when `attempt`, from 1, was the last. */
export function delayAfter(
  settings: Pick<TaskSettings, 'maxRetries' | 'retry'>,
  attempt: number,
  failure: AttemptFailure,
  seed: string,
): Milliseconds | undefined {
  const { maxRetries, retry } = settings;
  if (!failure.retryable || !retry.on.includes(failure.reason)) return undefined;
  if (attempt > maxRetries) return undefined;
  return failure.retryAfterMs === undefined
    ? retryDelay(retry, attempt, seed)
    : Math.min(failure.retryAfterMs, retry.maxDelay * 1000);
}

/**
 * min(maxDelay, delay × factor^(attempt − 1)) when exponential, delay × attempt when linear; then jitter:
 * `full` spreads evenly over 0 … delay, a number j over delay × (1 − j) … delay × (1 + j).
 * Formula: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, seed: string): Milliseconds {
  const growth = { constant: 1, linear: attempt, exponential: policy.factor ** (attempt - 1) };
  // With a delay of 0 the product must stay 0; 0 times an infinite growth would be NaN.
  const grown = policy.delay === 0 ? 0 : policy.delay * growth[policy.backoff];
  const delay = Math.min(policy.maxDelay, grown) * 1000;
  if (policy.jitter === 'none') return Math.round(delay);
  const chance = fraction(seed);
  if (policy.jitter === 'full') return Math.round(delay * chance);
  return Math.round(
    Math.min(policy.maxDelay * 1000, delay * (1 + policy.jitter * (2 * chance - 1))),
  );
}

/** Returns a number that is uniformly distributed over 0 … 1, from the first 48 bits of a digest. */
function fraction(seed: string): number {
  return Number.parseInt(digestOf(['jitter', seed]).slice(0, 12), 16) / 2 ** 48;
}
