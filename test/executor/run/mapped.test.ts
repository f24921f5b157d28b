import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { MappedTask } from '../../../src/executor/run/mapped.ts';
import type { ResultRef } from '../../../src/model/result.ts';

const output = (element: number): ResultRef => ({
  is: 'value',
  run: 'r',
  task: 't',
  id: String(element),
  bytes: 1,
  digest: `d${element}`,
});
const error = { name: 'Error', message: 'no rows' };

describe('a mapped task', () => {
  test('collects its results in the order of the list, in whatever order they come', () => {
    const anyOrder = fc
      .integer({ min: 0, max: 10 })
      .chain((size) =>
        fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
      );
    fc.assert(
      fc.property(anyOrder, (order) => {
        const mapped = new MappedTask(order, systemClock);
        for (const element of order) {
          expect(mapped.outcome).toBeUndefined();
          mapped.succeeded(element, output(element), [{ is: 'env', name: `V${element}` }]);
        }
        expect(mapped.outcome).toEqual({
          is: 'succeeded',
          output: { is: 'list', items: order.map((_, element) => output(element)) },
          seen: order.map((element) => ({ is: 'env', name: `V${element}` })),
          notes: [],
        });
      }),
    );
  });

  test('knows what was read for it only when that is known of each element', () => {
    const mapped = new MappedTask(['a', 'b'], systemClock);
    mapped.succeeded(0, output(0), undefined);
    mapped.succeeded(1, output(1), [{ is: 'env', name: 'V' }]);
    expect(mapped.outcome).toMatchObject({ is: 'succeeded', seen: undefined });
  });

  test('over an empty list has succeeded with an empty list', () => {
    expect(new MappedTask([], systemClock).outcome).toEqual({
      is: 'succeeded',
      output: { is: 'list', items: [] },
      seen: [],
      notes: [],
    });
  });

  test('fails with the first failure, once every element has ended', () => {
    const mapped = new MappedTask(['a', 'b', 'c'], systemClock);
    mapped.failed(2, error);
    mapped.failed(0, { name: 'TypeError', message: 'other' });
    expect(mapped.outcome).toBeUndefined();
    mapped.succeeded(1, output(1), []);
    expect(mapped.outcome).toEqual({
      is: 'failed',
      error: { name: 'Error', message: '2 of 3 elements failed, first [2]: no rows' },
    });
  });
});
