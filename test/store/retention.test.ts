import { expect, test } from 'vitest';
import {
  DEFAULT_RETENTION,
  isSpent,
  type Retention,
  retentionOf,
  tooOld,
} from '../../src/store/retention.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

/** Newest first, as letters; the number is their age in days. */
const RUNS = [
  { id: 'a', status: 'succeeded', lastAt: NOW - 1 * DAY },
  { id: 'b', status: 'running', lastAt: NOW - 50 * DAY },
  { id: 'c', status: 'queued', lastAt: NOW - 50 * DAY },
  { id: 'd', status: 'crashed', lastAt: NOW - 40 * DAY },
  { id: 'e', status: 'failed', lastAt: NOW - 10 * DAY },
  { id: 'f', status: 'cancelled', lastAt: NOW - 60 * DAY },
] as const;

const going = (retention: Retention): string =>
  [...tooOld(RUNS, retention, NOW)].map(({ id }) => id).join('');

test.for([
  ['age alone', { keepMs: 30 * DAY, keepRuns: null }, 'df'],
  ['number alone', { keepMs: null, keepRuns: 4 }, 'ef'],
  ['both: a run stays while either says so', { keepMs: 30 * DAY, keepRuns: 4 }, 'f'],
  ['no age and no number leave what has not ended', { keepMs: 0, keepRuns: 0 }, 'adef'],
  ['more than there are', { keepMs: 0, keepRuns: 6 }, ''],
] as const)('%s', ([, retention, gone]) => {
  expect(going(retention)).toBe(gone);
});

test('a run that ended exactly as long ago as is kept stays', () => {
  expect(going({ keepMs: 60 * DAY, keepRuns: null })).toBe('');
});

test('what is asked for alone decides alone; nothing asked for is 30 days and 100 runs', () => {
  expect(retentionOf(DAY, null)).toStrictEqual({ keepMs: DAY, keepRuns: null });
  expect(retentionOf(null, 3)).toStrictEqual({ keepMs: null, keepRuns: 3 });
  expect(retentionOf(null, null)).toStrictEqual(DEFAULT_RETENTION);
});

test.for([
  ['without an end', null, undefined, false],
  ['before its end', NOW + 1, undefined, false],
  ['just expired: a plan may have found it fresh a moment ago', NOW - 1, undefined, false],
  ['expired for a minute', NOW - 60_000, undefined, true],
  ['expired before the oldest run under way was planned', NOW - DAY, NOW - DAY + 60_000, true],
  ['expired since the oldest run under way began', NOW - DAY, NOW - 2 * DAY, false],
] as const)('an entry %s', ([, expiresAt, oldestUnderWay, spent]) => {
  expect(isSpent({ expiresAt }, NOW, oldestUnderWay)).toBe(spent);
});
