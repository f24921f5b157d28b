import { expect, test } from 'vitest';
import { plain } from '../../src/views/values.ts';

test.for<readonly [string, unknown, unknown]>([
  ['undefined', undefined, null],
  ['a bigint', 3n, '3'],
  ['a number that is none', Number.NaN, 'NaN'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['bytes', new Uint8Array([1, 2]), 'AQI='],
  ['a typed array', new Float64Array([0.5, 1]), [0.5, 1]],
  ['a set', new Set([1n]), ['1']],
  ['a map with text as keys', new Map([['a', 1]]), { a: 1 }],
  ['any other map', new Map([[1, 'a']]), [[1, 'a']]],
  ['an error', new TypeError('no'), { name: 'TypeError', message: 'no' }],
  ['what is nested', { list: [new Set([new Date(0)])] }, { list: [['1970-01-01T00:00:00.000Z']] }],
])('JSON can say of %s what it is', ([, value, expected]) => {
  expect(plain(value)).toEqual(expected);
});

test('the same value twice is fine, a value that contains itself is refused', () => {
  const shared = { a: 1 };
  expect(plain([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  const ring: unknown[] = [];
  ring.push(ring);
  expect(() => plain(ring)).toThrow('the value contains itself');
});
