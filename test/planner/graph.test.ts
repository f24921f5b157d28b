import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  distanceToEnd,
  levelsOf,
  ringsOf,
  withUpstreams,
  within,
} from '../../src/planner/graph.ts';
import {
  anyDag,
  anyGraph,
  closure,
  distanceByDefinition,
  levelByDefinition,
  type Graph,
} from './graphs.ts';

const DEPTH = 200_000;
const rings = (graph: Graph): number[][] => ringsOf(graph, levelsOf(graph).levelOf);

const longChain: Graph = Array.from({ length: DEPTH }, (_, i) => (i === 0 ? [] : [i - 1]));
const longRing: Graph = longChain.with(0, [DEPTH - 1]);

describe('levels', () => {
  test('are the lengths of the longest paths from a source', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const { levelOf } = levelsOf(graph);
        expect([...levelOf]).toEqual(graph.map((_, task) => levelByDefinition(graph, task)));
      }),
    );
  });

  test('are given to exactly the tasks that are on no ring and behind none', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const reach = closure(graph);
        const { levelOf, order } = levelsOf(graph);
        const sound = [...graph.keys()].filter(
          (task) => !reach[task]![task] && !graph.some((_, i) => reach[task]![i] && reach[i]![i]),
        );
        expect([...levelOf.keys()].filter((task) => levelOf[task] !== -1)).toEqual(sound);
        expect([...order].toSorted((a, b) => a - b)).toEqual(sound);
      }),
    );
  });

  test('come with an order in which nothing stands before what it waits for', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const { order } = levelsOf(graph);
        expect(order.length).toBe(graph.length);
        for (const [place, task] of order.entries()) {
          for (const source of graph[task]!) expect(order.indexOf(source)).toBeLessThan(place);
        }
      }),
    );
  });

  test('are the same when one task feeds another twice', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const doubled = graph.map((sources) => [...sources, ...sources]);
        expect(levelsOf(doubled).levelOf).toEqual(levelsOf(graph).levelOf);
      }),
    );
  });

  test('of a chain of 200,000 tasks need no stack', () => {
    expect(levelsOf(longChain).levelOf.at(-1)).toBe(DEPTH - 1);
  });
});

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

  test('share no task, and every knot of tasks has one', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const reach = closure(graph);
        const told = rings(graph).flat();
        expect(new Set(told).size).toBe(told.length);
        for (const task of graph.keys()) {
          if (!reach[task]![task]) continue;
          const knot = [...graph.keys()].filter((i) => reach[task]![i] && reach[i]![task]);
          expect(knot.some((member) => told.includes(member))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('are told apart when one waits for the other', () => {
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

  test('take linear time where every task closes another ring', () => {
    // Each waits for the one before it and for the first: 200,000 rings through one task.
    const hub = longRing.map((sources, i) => (i === 0 ? sources : [...sources, 0]));
    expect(rings(hub).length).toBeGreaterThan(0);
  });
});

test('the distance to the end is the length of the longest path to a sink', () => {
  fc.assert(
    fc.property(anyDag, (graph) => {
      const distance = distanceToEnd(graph, levelsOf(graph).order);
      expect([...distance]).toEqual(graph.map((_, task) => distanceByDefinition(graph, task)));
    }),
  );
});

test('upstreams are everything a task waits for, directly or not, and itself', () => {
  fc.assert(
    fc.property(anyDag, fc.nat(), (graph, draw) => {
      const task = draw % graph.length;
      const reach = closure(graph)[task]!;
      const expected = [...graph.keys()].filter((one) => one === task || reach[one]);
      expect([...withUpstreams([task], graph)].toSorted((a, b) => a - b)).toEqual(expected);
    }),
  );
});

test('edges between chosen tasks only are those with both ends chosen', () => {
  fc.assert(
    fc.property(anyDag, fc.array(fc.nat()), (graph, draws) => {
      const chosen = new Set(draws.map((draw) => draw % graph.length));
      const inside = within(chosen, graph);
      for (const task of graph.keys()) {
        const expected = graph[task]!.filter((source) => chosen.has(task) && chosen.has(source));
        expect(inside[task]).toEqual(expected);
      }
    }),
  );
});
