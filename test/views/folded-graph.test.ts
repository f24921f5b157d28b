import { expect, test } from 'vitest';
import type { RequestedTask } from '../../src/model/plan.ts';
import { foldedGraph } from '../../src/views/folded-graph.ts';

function task(name: string, level: number, ...needs: readonly string[]): RequestedTask {
  const dependsOn = needs.map((each) => ({ task: each, kind: 'control' as const }));
  return { name, id: '', codeHash: '', level, dependsOn };
}

const wide = [
  task('first', 0),
  ...Array.from({ length: 3_000 }, (_, index) => task(`t${index}`, 1, 'first')),
  task('last', 2, ...Array.from({ length: 3_000 }, (_, index) => `t${index}`)),
];

test('a small graph is shown as it is', () => {
  const { nodes, edges } = foldedGraph(
    [task('a', 0), task('b', 1, 'a'), task('c', 1, 'x')],
    () => false,
  );
  expect(nodes.map(({ tasks }) => tasks)).toEqual([['a'], ['b'], ['c']]);
  expect(edges).toEqual([{ from: 0, to: 1, isData: false }]);
});

test('of 3,000 tasks side by side few are nodes, those worth a look among them, and none is lost', () => {
  const { nodes, edges } = foldedGraph(wide, (name) => name === 't2999');
  expect(nodes.length).toBeLessThan(400);
  expect(nodes.flatMap(({ tasks }) => tasks).toSorted()).toEqual(
    wide.map(({ name }) => name).toSorted(),
  );
  expect(nodes.some(({ tasks }) => tasks.length === 1 && tasks[0] === 't2999')).toBe(true);
  expect(edges).toHaveLength(2 * (nodes.length - 2));
});

test('of 3,000 tasks one after another, neighbours share a node', () => {
  const chain = Array.from({ length: 3_000 }, (_, index) =>
    task(`t${index}`, index, ...(index === 0 ? [] : [`t${index - 1}`])),
  );
  const { nodes, edges } = foldedGraph(chain, () => true);
  expect(nodes).toHaveLength(120);
  expect(nodes[0]).toMatchObject({ levels: [0, 24], tasks: { length: 25 } });
  expect(edges).toHaveLength(119);
});

test('an edge that carries a value for one of many carries values', () => {
  const tasks = [
    ...wide.slice(0, -1),
    {
      ...wide.at(-1)!,
      dependsOn: [
        { task: 't0', kind: 'control' as const },
        { task: 't2998', kind: 'data' as const, parameter: 'x' },
        { task: 't2999', kind: 'control' as const },
      ],
    },
  ];
  const { nodes, edges } = foldedGraph(tasks, () => false);
  const many = nodes.findIndex(({ tasks: names }) => names.length > 1);
  expect(edges.find(({ from }) => from === many)).toMatchObject({ isData: true });
});
