/** Random graphs, and what is true of a graph in the plainest words. */
import * as fc from 'fast-check';
import type { Needs } from './pipelines.ts';

/** Adjacency by number: `graph[i]` are the upstreams of task i, each once. */
export type Graph = readonly (readonly number[])[];

const anySize = fc.integer({ min: 1, max: 14 });

/** Upstreams may have larger numbers, so that no order is given away. */
export const anyDag: fc.Arbitrary<Graph> = anySize.chain((size) =>
  fc
    .tuple(
      fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
      fc.array(fc.array(fc.nat(), { maxLength: 5 }), { minLength: size, maxLength: size }),
    )
    .map(([order, draws]) => {
      const graph: number[][] = order.map(() => []);
      for (const [place, task] of order.entries()) {
        if (place === 0) continue;
        graph[task] = [...new Set(draws[place]!.map((draw) => order[draw % place]!))];
      }
      return graph;
    }),
);

/** Rings and self-loops are likely. */
export const anyGraph: fc.Arbitrary<Graph> = anySize.chain((size) =>
  fc.array(fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), {
    minLength: size,
    maxLength: size,
  }),
);

/** Task names that sort unlike their numbers; some differ in case only. */
export const nameOf = (task: number): string =>
  `${task % 2 === 0 ? 't' : 'T'}_${String((task * 7) % 15)}`;

export const needsOf = (graph: Graph): Needs =>
  new Map(graph.map((sources, task) => [nameOf(task), sources.map(nameOf)]));

/** `reach[a][b]`: a waits for b, directly or not. Warshall's closure. */
export function closure(graph: Graph): readonly (readonly boolean[])[] {
  const reach = graph.map((sources) => graph.map((_, task) => sources.includes(task)));
  for (const k of graph.keys())
    for (const i of graph.keys())
      for (const j of graph.keys()) reach[i]![j] ||= reach[i]![k]! && reach[k]![j]!;
  return reach;
}

/** Longest path from a source, by definition; only for graphs without rings. */
export function levelByDefinition(graph: Graph, task: number): number {
  return Math.max(0, ...graph[task]!.map((source) => levelByDefinition(graph, source) + 1));
}

/** Longest path to a sink, by definition; only for graphs without rings. */
export function distanceByDefinition(graph: Graph, task: number): number {
  const dependents = [...graph.keys()].filter((one) => graph[one]!.includes(task));
  return Math.max(0, ...dependents.map((one) => distanceByDefinition(graph, one) + 1));
}
