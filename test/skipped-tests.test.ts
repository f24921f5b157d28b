import { expect, test } from 'vitest';
import { skippedByReason } from './skipped-tests.ts';

test('skipped tests are counted for each reason, the most frequent first', () => {
  expect(skippedByReason(['Linux', undefined, 'Chromium', 'Linux'])).toEqual([
    '2 skipped: needs Linux',
    '1 skipped: no reason given',
    '1 skipped: needs Chromium',
  ]);
  expect(skippedByReason([])).toEqual([]);
});
