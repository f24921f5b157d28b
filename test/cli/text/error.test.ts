import { expect, test } from 'vitest';
import { errorLines, errorText, reasonLines } from '../../../src/cli/text/error.ts';

const REFUSED = {
  name: 'Error',
  message: 'connect ECONNREFUSED 127.0.0.1:9',
  code: 'ECONNREFUSED',
};
const FETCH = { name: 'TypeError', message: 'fetch failed', cause: REFUSED };

test('an error is one line with its causes', () => {
  expect(errorText(FETCH)).toBe(
    'TypeError: fetch failed; caused by connect ECONNREFUSED 127.0.0.1:9',
  );
});

test('an error without a message is shown by its code and its fields', () => {
  const both = {
    name: 'AggregateError',
    message: '',
    code: 'ECONNREFUSED',
    errors: [REFUSED, FETCH],
  };
  expect(errorText(both)).toBe(
    'AggregateError: ECONNREFUSED; caused by connect ECONNREFUSED 127.0.0.1:9; caused by TypeError: fetch failed; caused by connect ECONNREFUSED 127.0.0.1:9',
  );
});

test('an error has lines of its own, then its fields, then its causes with theirs', () => {
  const error = {
    name: 'Error',
    message: 'loading failed\nin step 2',
    details: '{ step: 2 }',
    cause: { name: 'DatabaseError', message: 'duplicate key', details: "{ detail: 'id 42' }" },
  };
  const reasons = [
    '{ step: 2 }',
    'caused by DatabaseError: duplicate key',
    "  { detail: 'id 42' }",
  ];
  expect(errorLines(error)).toEqual(['loading failed', 'in step 2', ...reasons]);
  expect(reasonLines(error)).toEqual(reasons);
});

test('a long chain and long texts are cut', () => {
  let error = { name: 'Error', message: 'x'.repeat(50_000) };
  for (let depth = 0; depth < 30; depth++) error = { ...error, cause: error } as typeof error;
  expect(errorText({ ...error, message: 'top' }).length).toBeLessThan(5_000);
  expect(errorLines(error)).toHaveLength(13);
});

test("an error of dp's own is told with its code", () => {
  const error = { name: 'Fault', message: '$.at is a function', code: 'DP7001' };
  expect(errorText(error)).toBe('DP7001: $.at is a function');
});
