import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReadyQueue, type Rank } from '../../../src/executor/queue/ready-queue.ts';
import type { Unit } from '../../../src/executor/ports/workforce.ts';

const LANES = ['', 'pool:database', 'map:each'];

const anyRank = fc.record({
  priority: fc.integer({ min: -1, max: 1 }),
  remaining: fc.nat({ max: 3 }),
});
const anyRanks = fc.array(anyRank, { minLength: 6, maxLength: 6 });

/** Tasks 0 to 2 are whole, 3 to 5 have elements. */
const anyUnit: fc.Arbitrary<Unit> = fc.oneof(
  fc.record({ index: fc.nat({ max: 2 }), element: fc.constant(undefined) }),
  fc.record({ index: fc.integer({ min: 3, max: 5 }), element: fc.nat({ max: 3 }) }),
);

/** Something comes in, or something is taken while these lanes are open. */
const anyStep = fc.oneof(
  { weight: 2, arbitrary: fc.record({ unit: anyUnit }) },
  { weight: 1, arbitrary: fc.record({ open: fc.subarray(LANES) }) },
);
const anySteps = fc.array(anyStep, { maxLength: 60, size: 'max' });

const SAME: readonly Rank[] = Array.from({ length: 100 }, () => ({ priority: 0, remaining: 0 }));

const laneOf = ({ index }: Unit): string => LANES[index % LANES.length]!;

/** By definition: sorted by priority, then remaining path, then task, then element. */
function inOrder(units: readonly Unit[], ranks: readonly Rank[]): Unit[] {
  return units.toSorted(
    (a, b) =>
      ranks[b.index]!.priority - ranks[a.index]!.priority ||
      ranks[b.index]!.remaining - ranks[a.index]!.remaining ||
      a.index - b.index ||
      (a.element ?? 0) - (b.element ?? 0),
  );
}

describe('a queue of what may start', () => {
  test('gives what a sorted list gives, whichever lanes are open', () => {
    fc.assert(
      fc.property(anyRanks, anySteps, (ranks, steps) => {
        const queue = new ReadyQueue(ranks);
        const list: Unit[] = [];
        for (const step of steps) {
          if ('unit' in step) {
            queue.push(laneOf(step.unit), step.unit);
            list.push(step.unit);
            continue;
          }
          const [best] = inOrder(
            list.filter((unit) => step.open.includes(laneOf(unit))),
            ranks,
          );
          expect(queue.take((lane) => step.open.includes(lane))).toEqual(best);
          if (best !== undefined) list.splice(list.indexOf(best), 1);
          expect(queue.size).toBe(list.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('gives the order of the plan among tasks of the same rank', () => {
    const queue = new ReadyQueue(SAME);
    for (const index of [3, 0, 4, 1, 2]) queue.push('', { index, element: undefined });
    const taken = Array.from({ length: 5 }, () => queue.take(() => true)?.index);
    expect(taken).toEqual([0, 1, 2, 3, 4]);
  });

  test('is not held up by a full lane', () => {
    const queue = new ReadyQueue(SAME.map((rank, priority) => ({ ...rank, priority })));
    queue.push('full', { index: 9, element: undefined });
    queue.push('', { index: 1, element: undefined });
    expect(queue.take((lane) => lane !== 'full')).toEqual({ index: 1, element: undefined });
    expect(queue.take((lane) => lane !== 'full')).toBeUndefined();
    expect(queue.size).toBe(1);
  });

  test('asks no more of lanes that became empty', () => {
    const queue = new ReadyQueue(SAME);
    for (let index = 0; index < 100; index++)
      queue.push(`map:${index}`, { index, element: undefined });
    for (let taken = 0; taken < 100; taken++) queue.take(() => true);
    queue.push('', { index: 0, element: undefined });
    const asked: string[] = [];
    queue.take((lane) => asked.push(lane) > 0);
    expect(asked).toEqual(['']);
  });

  test('has nothing left after it was cleared', () => {
    const queue = new ReadyQueue(SAME);
    queue.push('', { index: 0, element: undefined });
    queue.clear();
    expect(queue.size).toBe(0);
    expect(queue.take(() => true)).toBeUndefined();
  });
});
