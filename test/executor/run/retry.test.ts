import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delayAfter, retryDelay } from '../../../src/executor/run/retry.ts';
import { FAILURE_REASONS } from '../../../src/model/failure-reason.ts';
import type { AttemptFailure } from '../../../src/executor/ports/workforce.ts';
import { DEFAULT_RETRY, type RetryPolicy } from '../../../src/model/settings.ts';

const anySeconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const anyJitter = fc.oneof(
  fc.constantFrom<RetryPolicy['jitter']>('none', 'full'),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const anyPolicy: fc.Arbitrary<RetryPolicy> = fc.record({
  on: fc.subarray([...FAILURE_REASONS], { minLength: 1 }),
  delay: anySeconds,
  backoff: fc.constantFrom('constant', 'linear', 'exponential'),
  factor: fc.double({ min: 1, max: 1e3, noNaN: true }),
  maxDelay: anySeconds,
  jitter: anyJitter,
});
/** Also more attempts than a growth can be a number for. */
const anyAttempt = fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 1e6 }));

describe('a delay before another attempt', () => {
  test('is a whole number of milliseconds, from 0 to the longest allowed', () => {
    fc.assert(
      fc.property(anyPolicy, anyAttempt, fc.string(), (policy, attempt, seed) => {
        const delay = retryDelay(policy, attempt, seed);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.round(policy.maxDelay * 1000));
      }),
      { numRuns: 1_000 },
    );
  });

  test('never gets shorter from attempt to attempt, without jitter', () => {
    fc.assert(
      fc.property(anyPolicy, anyAttempt, (any, attempt) => {
        const policy: RetryPolicy = { ...any, jitter: 'none' };
        const [now, next] = [attempt, attempt + 1].map((n) => retryDelay(policy, n, ''));
        expect(next).toBeGreaterThanOrEqual(now!);
      }),
    );
  });

  test('is the same for the same seed, and without jitter for every seed', () => {
    fc.assert(
      fc.property(anyPolicy, anyAttempt, fc.string(), fc.string(), (policy, attempt, a, b) => {
        expect(retryDelay(policy, attempt, a)).toBe(retryDelay(policy, attempt, a));
        const exact: RetryPolicy = { ...policy, jitter: 'none' };
        expect(retryDelay(exact, attempt, a)).toBe(retryDelay(exact, attempt, b));
      }),
    );
  });

  test('stays within its share of the delay, with a number as jitter', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyPolicy, anyAttempt, share, fc.string(), (any, attempt, jitter, seed) => {
        const exact = retryDelay({ ...any, jitter: 'none' }, attempt, seed);
        const delay = retryDelay({ ...any, jitter }, attempt, seed);
        expect(Math.abs(delay - exact)).toBeLessThanOrEqual(Math.round(exact * jitter) + 1);
      }),
    );
  });

  test('is spread evenly from nothing to the whole, with full jitter', () => {
    const policy: RetryPolicy = { ...DEFAULT_RETRY, delay: 100, backoff: 'constant' };
    const delays = Array.from({ length: 2_000 }, (_, i) => retryDelay(policy, 1, `seed ${i}`));
    const tenths = Array.from(
      { length: 10 },
      (_, i) => delays.filter((delay) => Math.floor(delay / 10_000) === i).length,
    );
    for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  test.for<[RetryPolicy['backoff'], number[]]>([
    ['constant', [2, 2, 2, 2, 2]],
    ['linear', [2, 4, 6, 8, 10]],
    ['exponential', [2, 6, 18, 54, 60]],
  ])('grows as %s says, up to the longest', ([backoff, seconds]) => {
    const policy: RetryPolicy = {
      ...DEFAULT_RETRY,
      delay: 2,
      backoff,
      factor: 3,
      maxDelay: 60,
      jitter: 'none',
    };
    const delays = [1, 2, 3, 4, 5].map((attempt) => retryDelay(policy, attempt, '') / 1000);
    expect(delays).toEqual(seconds);
  });

  test('is the first delay, not nothing, before the second attempt', () => {
    const policy: RetryPolicy = { ...DEFAULT_RETRY, delay: 5, jitter: 'none' };
    expect(retryDelay(policy, 1, '')).toBe(5_000);
  });
});

describe('another attempt', () => {
  const settings = {
    maxRetries: 2,
    retry: { ...DEFAULT_RETRY, jitter: 'none' },
  } as const;
  const failure: AttemptFailure = { reason: 'failed', retryable: true };

  test('follows as often as there are retries', () => {
    const delays = [1, 2, 3].map((attempt) => delayAfter(settings, attempt, failure, ''));
    expect(delays).toEqual([1_000, 2_000, undefined]);
  });

  test('follows only what the policy names', () => {
    fc.assert(
      fc.property(anyPolicy, fc.constantFrom(...FAILURE_REASONS), (retry, reason) => {
        const delay = delayAfter({ maxRetries: 1, retry }, 1, { ...failure, reason }, '');
        expect(delay !== undefined).toBe(retry.on.includes(reason));
      }),
    );
  });

  test('follows failures, timeouts and crashes alike by default', () => {
    for (const reason of ['failed', 'timed_out', 'crashed'] as const) {
      expect(delayAfter(settings, 1, { ...failure, reason }, '')).toBe(1_000);
    }
  });

  test('never follows when the task says that it cannot help', () => {
    const final: AttemptFailure = { ...failure, retryable: false, retryAfterMs: 5 };
    expect(delayAfter(settings, 1, final, '')).toBeUndefined();
  });

  test('follows when the task wishes, as long as there are retries', () => {
    const wish: AttemptFailure = { ...failure, retryAfterMs: 12_345 };
    expect(delayAfter(settings, 1, wish, '')).toBe(12_345);
    expect(delayAfter(settings, 1, { ...failure, retryAfterMs: 0 }, '')).toBe(0);
    expect(delayAfter(settings, 3, wish, '')).toBeUndefined();
  });

  test('follows no later than max_delay, whatever the task wishes', () => {
    const wish: AttemptFailure = { ...failure, retryAfterMs: 86_400_000 };
    expect(delayAfter(settings, 1, wish, '')).toBe(settings.retry.maxDelay * 1000);
  });

  test('does not follow where none was asked for', () => {
    expect(delayAfter({ ...settings, maxRetries: 0 }, 1, failure, '')).toBeUndefined();
  });
});
