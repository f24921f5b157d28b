import { expect, test } from 'vitest';
import { runBounded } from '../../src/lib/bounded.ts';

test('work that ends in time gives its result', () => {
  expect(runBounded(() => [1, 2], 1000)).toEqual([1, 2]);
});

test('work that throws throws its own error', () => {
  const mine = new Error('mine');
  expect(() =>
    runBounded(() => {
      throw mine;
    }, 1000),
  ).toThrow(mine);
});

test('a loop that never ends is stopped', () => {
  expect(() => runBounded(endless, 10)).toThrow('it took longer than 10 ms');
  expect(runBounded(() => 'still works', 1000)).toBe('still works');
});

function endless(): never {
  for (;;);
}
