import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distanceToEnd, levelsOf, withUpstreams, within } from '../../src/planner/graph.ts';
import {
  anyDag,
  anyGraph,
  closure,
  distanceByDefinition,
  levelByDefinition,
  type Graph,
} from './graphs.ts';

const DEPTH = 200_000;

const longChain: Graph = Array.from({ length: DEPTH }, (_, i) => (i === 0 ? [] : [i - 1]));

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
