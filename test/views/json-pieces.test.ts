import { expect, test } from 'vitest';
import { jsonPieces } from '../../src/views/json-pieces.ts';

const joined = (value: unknown) => [...jsonPieces(value)].join('');

test.each([
  [null],
  [true],
  [0.5],
  [''],
  ['"é\n\u0000\uD800'],
  [[]],
  [{}],
  [[[], {}, [1, [2]], { a: { 'b"': [null] } }]],
])('%j is written as JSON.stringify does', (value) => {
  expect(joined(value)).toBe(JSON.stringify(value));
});

test('a long text comes in pieces, and is read as it was, though pairs of surrogates are cut', () => {
  const text = `x${'🎈'.repeat(100_000)}`;
  const pieces = [...jsonPieces({ [text]: [text] })];
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(200_000);
  expect(JSON.parse(pieces.join(''))).toEqual({ [text]: [text] });
});

test('many small parts make few pieces', () => {
  const list = Array.from({ length: 100_000 }, (_, index) => index);
  expect([...jsonPieces(list)].length).toBeLessThan(20);
  expect(joined(list)).toBe(JSON.stringify(list));
});
