import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelsOf } from '../../src/planner/graph.ts';
import { ringsOf } from '../../src/planner/rings.ts';
import { anyDag, anyGraph, closure, type Graph } from './graphs.ts';

const DEPTH = 200_000;
const rings = (graph: Graph): number[][] => ringsOf(graph, levelsOf(graph).levelOf);

const longRing: Graph = Array.from({ length: DEPTH }, (_, i) => [i === 0 ? DEPTH - 1 : i - 1]);

/** The length of the shortest ring, by definition. */
const shortestRing = (graph: Graph): number => {
  const lengths = [...graph.keys()].map((start) => {
    let front = new Set([start]);
    for (let length = 1; length <= graph.length; length++) {
      front = new Set([...front].flatMap((task) => graph[task]!));
      if (front.has(start)) return length;
    }
    return Infinity;
  });
  return Math.min(...lengths);
};

describe('rings', () => {
  test('are found if and only if there is one', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        expect(rings(graph)).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const reach = closure(graph);
        expect(rings(graph).length > 0).toBe(graph.some((_, task) => reach[task]![task]));
      }),
    );
  });

  test('are really rings: each task waits for the next one, the last for the first', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        for (const ring of rings(graph)) {
          for (const [i, task] of ring.entries()) {
            expect(graph[task]).toContain(ring[(i + 1) % ring.length]);
          }
          expect(new Set(ring).size).toBe(ring.length);
        }
      }),
    );
  });

  test('hold every edge that is on a ring', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const reach = closure(graph);
        const told = new Set(
          rings(graph).flatMap((ring) =>
            ring.map((task, i) => `${task} ${ring[(i + 1) % ring.length]}`),
          ),
        );
        const onRings = graph.flatMap((sources, task) =>
          sources.filter((source) => reach[source]![task]).map((source) => `${task} ${source}`),
        );
        expect(told).toEqual(new Set(onRings));
      }),
      { numRuns: 500 },
    );
  });

  test('come with a shortest one first', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const lengths = rings(graph).map((ring) => ring.length);
        expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
        expect(lengths[0] ?? Infinity).toBe(shortestRing(graph));
      }),
    );
  });

  test('of two tasks are told before the long one that the same edge closes', () => {
    const sixty = Array.from({ length: 60 }, (_, i) => [(i + 1) % 60]).with(1, [2, 0]);
    expect(rings(sixty)[0]).toEqual([0, 1]);
    expect(rings(sixty).map((ring) => ring.length)).toEqual([2, 60]);
  });

  test('are distinguished when one waits for the other', () => {
    // 0 ⇄ 1, and 2 ⇄ 3 where 2 waits for 0 too.
    expect(rings([[1], [0], [0, 3], [2]])).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test('include a task that waits for itself', () => {
    expect(rings([[], [1], [1]])).toEqual([[1]]);
  });

  test('of 200,000 tasks need no stack', () => {
    expect(rings(longRing)).toHaveLength(1);
    expect(rings(longRing)[0]).toHaveLength(DEPTH);
  });

  test('are few where every task closes another ring', () => {
    // Each waits for the one before it and for the first: 200,000 rings through one task.
    const hub = longRing.map((sources, i) => (i === 0 ? sources : [...sources, 0]));
    expect(rings(hub)[0]).toHaveLength(2);
    expect(rings(hub).length).toBeLessThan(100);
  });
});
