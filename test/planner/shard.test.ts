import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deal, partsOf } from '../../src/planner/shard.ts';
import { anyDag, needsOf, type Graph } from './graphs.ts';
import { graphPipeline, planOf } from './pipelines.ts';

const anyShards = fc.record({ graph: anyDag, count: fc.integer({ min: 1, max: 6 }) });

const shardsOf = (graph: Graph, count: number): string[][] =>
  Array.from({ length: count }, (_, i) => {
    const selection = { shard: { index: i + 1, count } };
    const plan = planOf(graphPipeline(needsOf(graph)), { selection });
    return plan.tasks.map((task) => task.name);
  });

describe('shards', () => {
  test('hold every task exactly once', () => {
    fc.assert(
      fc.property(anyShards, ({ graph, count }) => {
        const all = [...needsOf(graph).keys()];
        expect(shardsOf(graph, count).flat().toSorted()).toEqual(all.toSorted());
      }),
    );
  });

  test('are joined by no edge', () => {
    fc.assert(
      fc.property(anyShards, ({ graph, count }) => {
        const needs = needsOf(graph);
        for (const shard of shardsOf(graph, count))
          for (const task of shard)
            expect(shard).toEqual(expect.arrayContaining([...needs.get(task)!]));
      }),
    );
  });

  test('are the same whatever the order of the file', () => {
    fc.assert(
      fc.property(anyShards, fc.infiniteStream(fc.nat()), ({ graph, count }, draws) => {
        const before = [...needsOf(graph)];
        const shuffled = before
          .map((entry) => ({ entry, draw: draws.next().value as number }))
          .toSorted((a, b) => a.draw - b.draw)
          .map(({ entry }) => entry);
        for (let index = 1; index <= count; index++) {
          const [one, other] = [before, shuffled].map((entries) =>
            planOf(graphPipeline(new Map(entries)), { selection: { shard: { index, count } } }),
          );
          expect(other!.planId).toBe(one!.planId);
        }
      }),
    );
  });

  test('differ by no more than the largest part', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        (sizes, count) => {
          const parts = sizes.map((length) => ({ length }));
          const dealt = deal(parts, count);
          const sums = dealt.map((shard) => shard.reduce((sum, { length }) => sum + length, 0));
          expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(Math.max(...sizes));
        },
      ),
    );
  });

  test('are of what is selected: a task that is left out joins nothing', () => {
    const pipeline = graphPipeline(
      new Map([
        ['left', ['top']],
        ['right', ['top']],
        ['top', []],
      ]),
    );
    const history = {
      cached: () => undefined,
      last: () => ({ output: { is: 'void' as const }, run: 'r' }),
    };
    const names = ['left', 'right'];
    const plans = [1, 2].map((index) =>
      planOf(pipeline, { selection: { names, only: true, shard: { index, count: 2 } }, history }),
    );
    expect(plans.map((plan) => plan.tasks.map((task) => task.name))).toEqual([['left'], ['right']]);
  });
});

test('a part is what hangs together, by its names', () => {
  const names = ['d', 'c', 'b', 'a', 'lone'];
  const parts = partsOf([0, 1, 2, 3, 4], [[3], [], [1], [], []], (task) => names[task]!);
  expect(parts.map((part) => part.map((task) => names[task]))).toEqual([
    ['a', 'd'],
    ['b', 'c'],
    ['lone'],
  ]);
});

test('a hundred thousand tasks in one chain are one part', () => {
  const size = 100_000;
  const chain = Array.from({ length: size }, (_, task) => (task === 0 ? [] : [task - 1]));
  expect(partsOf(chain.keys(), chain, String)).toMatchObject([{ length: size }]);
});

describe('an uneven split is warned of', () => {
  const needs = { lone: [], b: ['a'], a: [], c: ['b'] };
  const pipeline = graphPipeline(new Map(Object.entries(needs)));

  test('where a part is larger than its share', () => {
    const { warnings } = planOf(pipeline, { selection: { shard: { index: 1, count: 2 } } });
    expect(warnings).toMatchObject([
      {
        code: 'DP4009',
        severity: 'warning',
        message: expect.stringContaining(
          'shard 1/2 has 3 of the 4 selected tasks, because they are connected',
        ),
        at: { line: 5 },
      },
    ]);
  });

  test('where nothing is left', () => {
    const { tasks, warnings } = planOf(pipeline, { selection: { shard: { index: 3, count: 3 } } });
    expect(tasks).toEqual([]);
    expect(warnings).toMatchObject([
      { code: 'DP4009', message: expect.stringContaining('shard 3/3 has nothing to do') },
    ]);
  });

  test('and nowhere else', () => {
    for (const shard of [
      { index: 2, count: 2 },
      { index: 1, count: 1 },
    ])
      expect(planOf(pipeline, { selection: { shard } }).warnings).toEqual([]);
  });
});
