import { describe, expect, test } from 'vitest';
import { violationsIn } from './account.ts';
import { ABORTED, type Value } from './records.ts';
import { torture } from './torture.ts';

test.each([1, 2])(
  'a queue keeps its guarantees while its ends are killed, seed %d',
  async (seed) => {
    const { violations, taken, kills } = await torture({ seed, values: 4_000, kills: 1 });
    expect(violations).toEqual([]);
    expect(taken).toBeGreaterThan(2_000);
    expect(kills).toBeGreaterThan(0);
  },
  120_000,
);

describe('the account of a torture', () => {
  const acknowledged = [[value(0), value(1), value(2)], [value(0, 1)]];

  test('has nothing to say when every value came once and in order', () => {
    const consumed = [
      [value(0), value(0, 1), value(2)],
      [ABORTED, value(1)],
    ];
    expect(violationsIn({ acknowledged, consumed, killedConsumers: 0 })).toEqual([]);
  });

  test('names values that were lost or came twice or late', () => {
    const consumed = [[value(2), value(1)], [value(1)]];
    expect(violationsIn({ acknowledged, consumed, killedConsumers: 0 })).toEqual([
      '1 values were taken twice',
      '2 acknowledged values were never taken, with 0 consumers killed',
      '1 values came late, with 0 consumers killed and 0 gets aborted',
    ]);
  });

  test('lets a killed consumer take one value along', () => {
    const consumed = [[value(0), value(0, 1), value(2)]];
    expect(violationsIn({ acknowledged, consumed, killedConsumers: 1 })).toEqual([]);
    expect(violationsIn({ acknowledged, consumed, killedConsumers: 0 })).toHaveLength(1);
  });
});

function value(n: number, from = 0): Value {
  return { from, n };
}
