import type { Seconds } from './ids.ts';

/** Seconds, or units from large to small: `90`, `"1m30s"`, `"7d"`. */
export type Duration = number | string;

const SECONDS_OF = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;

/**
 * A length of time as users write it: seconds as a number, or units from large to small, `1m30s`, `7d`, `250ms`.
 * Undefined when it is neither, negative, or not finite.
 */
export function parseDuration(written: unknown): Seconds | undefined {
  if (typeof written === 'number')
    return Number.isFinite(written) && written >= 0 ? written : undefined;
  if (typeof written !== 'string') return undefined;
  const text = written.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  let seconds = 0;
  let end = 0;
  let last = Infinity;
  for (const [part, amount, unit] of text.matchAll(PART)) {
    const size = SECONDS_OF[unit as keyof typeof SECONDS_OF];
    if (size >= last) return undefined;
    [seconds, end, last] = [seconds + Number(amount) * size, end + part.length, size];
  }
  return end > 0 && end === text.length ? seconds : undefined;
}
