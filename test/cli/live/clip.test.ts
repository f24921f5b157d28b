import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { clip } from '../../../src/cli/live/clip.ts';

test.for([
  ['', 0],
  ['plain', 5],
  ['日本語', 6],
  ['e\u0301', 1],
  ['한글', 4],
  ['ｆｕｌｌ', 8],
  ['😀 ok', 5],
  ['👩‍👩‍👧', 2],
  ['▏█░…', 4],
  ['\u001B[31mred\u001B[39m', 3],
] as const)('%j takes %i columns', ([text, width]) => {
  expect(stringWidth(text)).toBe(width);
});

test('a clipped text keeps its colours and no half of a wide character', () => {
  expect(clip('\u001B[31m日本\u001B[39m語', 3)).toBe('\u001B[31m日\u001B[39m');
  expect(clip('日a', 1)).toBe('');
  expect(clip('as it is', 8)).toBe('as it is');
});
