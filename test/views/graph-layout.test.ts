import { array, assert, constant, integer, nat, property, record, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { layOut, NODE, type LayoutEdge, type LayoutNode } from '../../src/views/graph-layout.ts';

/** Layered graphs: every edge leads to a later layer. */
const graphs = array(integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 40 }).chain((layers) =>
  record({
    nodes: constant(layers.map((layer): LayoutNode => ({ layer }))),
    edges: array(tuple(nat(layers.length - 1), nat(layers.length - 1)), { maxLength: 80 }).map(
      (pairs) =>
        pairs
          .filter(([from, to]) => layers[from]! < layers[to]!)
          .map(([from, to]): LayoutEdge => ({ from, to })),
    ),
  }),
);

test('no two nodes lie on each other, all are inside, and layers go from left to right', () => {
  assert(
    property(graphs, ({ nodes, edges }) => {
      const { corners, width, height } = layOut(nodes, edges);
      for (const [index, { x, y }] of corners.entries()) {
        expect(x).toBe(corners[0]!.x + (nodes[index]!.layer - nodes[0]!.layer) * (NODE.width + 52));
        expect(x + NODE.width).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(-0.001);
        expect(y + NODE.height).toBeLessThanOrEqual(height + 0.001);
        for (const other of corners.slice(index + 1))
          expect(other.x !== x || Math.abs(other.y - y) >= NODE.height).toBe(true);
      }
    }),
  );
});

test('every edge is a way of links from its source to its target', () => {
  assert(
    property(graphs, ({ nodes, edges }) => {
      const { links, corners } = layOut(nodes, edges);
      for (const { from, to } of edges) {
        const end = links.find((link) => link.from === from && link.to === to)!;
        expect(end.end).toEqual({ x: corners[to]!.x, y: corners[to]!.y + NODE.height / 2 });
        let [x, steps] = [end.start.x, 1];
        for (; x > corners[from]!.x + NODE.width; steps++)
          x = links.find((link) => link.from === from && link.end.x === x - NODE.width)!.start.x;
        expect(steps).toBe(nodes[to]!.layer - nodes[from]!.layer);
      }
    }),
  );
});

test('edges that need not cross do not', () => {
  const nodes = [0, 0, 0, 1, 1, 1].map((layer) => ({ layer }));
  const edges = [
    { from: 0, to: 5 },
    { from: 1, to: 4 },
    { from: 2, to: 3 },
  ];
  const { corners } = layOut(nodes, edges);
  for (const { from, to } of edges) expect(corners[from]!.y).toBe(corners[to]!.y);
});

test('edges of one node that lead far share their way', () => {
  const nodes = [{ layer: 0 }, ...Array.from({ length: 50 }, () => ({ layer: 10 }))];
  const edges = nodes.slice(1).map((_, index) => ({ from: 0, to: index + 1 }));
  expect(layOut(nodes, edges).links).toHaveLength(9 + 50);
});

test('nothing takes no room', () => {
  expect(layOut([], [])).toEqual({ width: 0, height: 0, corners: [], links: [] });
});
