import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/model/ids.ts';
import {
  anyDag,
  anyGraph,
  closure,
  levelByDefinition,
  nameOf,
  needsOf,
  type Graph,
} from './graphs.ts';
import {
  define,
  graphPipeline,
  mistakesOf,
  pipelineFrom,
  planOf,
  registryOf,
  taskIn,
} from './pipelines.ts';

const planOfGraph = (graph: Graph) => planOf(graphPipeline(needsOf(graph)));

/** Name → `dependsOn` of each task; the pipeline's name goes without saying. */
const edges = async (yaml: string, ...tasks: string[]): Promise<Record<TaskName, unknown>> => {
  const plan = planOf(await pipelineFrom(`name: p\n${yaml}`), { registry: registryOf(...tasks) });
  return Object.fromEntries(plan.tasks.map((task) => [task.name, task.dependsOn]));
};

describe('a plan of any graph without cycles', () => {
  test('has every task once, at the length of its longest path from a source', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const { tasks } = planOfGraph(graph);
        const levels = new Map(tasks.map((task) => [task.name, task.level]));
        expect(tasks).toHaveLength(graph.length);
        for (const task of graph.keys()) {
          expect(levels.get(nameOf(task))).toBe(levelByDefinition(graph, task));
        }
      }),
    );
  });

  test('lists levels in order, and in a level the names by code unit', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const { levels, tasks } = planOfGraph(graph);
        expect(levels.flat()).toEqual(tasks.map((task) => task.name));
        for (const level of levels) expect(level).toEqual(level.toSorted());
        for (const [number, level] of levels.entries()) {
          expect(level.every((name) => tasks.find((t) => t.name === name)?.level === number)).toBe(
            true,
          );
        }
      }),
    );
  });

  test('puts every task after all that it waits for', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const order = planOfGraph(graph).tasks.map((task) => task.name);
        for (const [task, sources] of graph.entries()) {
          for (const source of sources) {
            expect(order.indexOf(nameOf(source))).toBeLessThan(order.indexOf(nameOf(task)));
          }
        }
      }),
    );
  });

  test('is the same whatever the order of the file', () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const needs = [...needsOf(graph)];
        const turned = needs
          .toReversed()
          .map(([name, sources]) => [name, sources.toReversed()] as const);
        const [one, other] = [needs, turned].map((list) => planOf(graphPipeline(new Map(list))));
        expect(other!.levels).toEqual(one!.levels);
        expect(other!.planId).toBe(one!.planId);
        expect(other!.tasks.map((task) => task.id)).toEqual(one!.tasks.map((task) => task.id));
      }),
    );
  });
});

describe('a cycle', () => {
  test('is a mistake, and the tasks that are named wait for each other', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const reach = closure(graph);
        fc.pre(graph.some((_, task) => reach[task]![task]));
        const needs = needsOf(graph);
        const mistakes = mistakesOf(graphPipeline(needs));
        expect(mistakes.length).toBeGreaterThan(0);
        for (const mistake of mistakes) {
          expect(mistake).toContain('DP4001');
          const ring = [...mistake.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
          for (let i = 1; i < ring.length; i++) expect(needs.get(ring[i - 1]!)).toContain(ring[i]);
          expect(ring[0]).toBe(ring.at(-1));
        }
      }),
    );
  });

  test('is reported with the place of an edge in it, and how to mend it', () => {
    const pipeline = graphPipeline(
      new Map([
        ['a', ['c']],
        ['b', ['a']],
        ['c', ['b']],
        ['behind', ['a']],
      ]),
    );
    expect(mistakesOf(pipeline)).toEqual([
      '3:3 DP4001 the tasks wait for each other: "a" -> "c" -> "b" -> "a" → remove one of these edges',
    ]);
  });

  test('of one task that needs itself is told too', () => {
    expect(mistakesOf(graphPipeline(new Map([['a', ['a']]])))).toEqual([
      '3:3 DP4001 the tasks wait for each other: "a" -> "a" → remove one of these edges',
    ]);
  });

  test('closed by an expression is found, at the expression', async () => {
    const pipeline = await pipelineFrom(`name: p
tasks:
  a: { run: 'true', needs: [b] }
  b: { run: 'true', when: "\${tasks.a.status == 'succeeded'}" }
`);
    expect(mistakesOf(pipeline)[0]).toContain('"a" -> "b" -> "a"');
  });

  test('that is very long is reported by its first names', () => {
    const size = 1_000;
    const ring = new Map(
      Array.from({ length: size }, (_, i) => [`t${i}`, [`t${(i + 1) % size}`]] as const),
    );
    const [mistake, ...more] = mistakesOf(graphPipeline(ring));
    expect(more).toEqual([]);
    expect(mistake).toContain('"t0" -> "t1" -> "t2"');
    expect(mistake).toContain('-> 980 more -> "t0"');
  });
});

test('a chain of 200,000 tasks plans', () => {
  const size = 200_000;
  const names = Array.from({ length: size }, (_, i) => `t${i}`);
  const needs = new Map(names.map((name, i) => [name, i === 0 ? [] : [names[i - 1]!]]));
  const { levels, tasks } = planOf(graphPipeline(needs));
  expect(levels).toHaveLength(size);
  expect(tasks.at(-1)?.name).toBe(names.at(-1));
});

describe('an edge', () => {
  test('is data flow when the function has a parameter of the upstream task, else only order', async () => {
    const yaml = `
modules: [./tasks.ts]
tasks: { rows: {}, lock: {}, clean: { needs: [rows, lock] } }`;
    expect(await edges(yaml, 'rows()', 'lock()', 'clean(rows)')).toMatchObject({
      clean: [
        { task: 'rows', kind: 'data', parameter: 'rows' },
        { task: 'lock', kind: 'control' },
      ],
    });
  });

  test('is data flow under the parameter that inputs name', async () => {
    const yaml = `
modules: [./tasks.ts]
tasks: { download: {}, clean: { inputs: { rows: download } } }`;
    expect(await edges(yaml, 'download()', 'clean(rows)')).toMatchObject({
      clean: [{ task: 'download', kind: 'data', parameter: 'rows' }],
    });
  });

  test('to a task that is an input and needed as well is one edge', async () => {
    const yaml = `
modules: [./tasks.ts]
tasks: { download: {}, clean: { needs: [download], inputs: { rows: download } } }`;
    expect(await edges(yaml, 'download()', 'clean(rows)')).toMatchObject({
      clean: [{ task: 'download', kind: 'data', parameter: 'rows' }],
    });
  });

  test('may feed two parameters from one task', async () => {
    const yaml = `
modules: [./tasks.ts]
tasks: { one: {}, join: { inputs: { left: one, right: one } } }`;
    const found = await edges(yaml, 'one()', 'join(left, right)');
    expect(found['join']).toEqual([
      { task: 'one', kind: 'data', parameter: 'left' },
      { task: 'one', kind: 'data', parameter: 'right' },
    ]);
  });

  test('goes by name into a function that takes any name, or of which nothing is known', async () => {
    const yaml = `
modules: [./tasks.ts]
tasks: { one: {}, any: { needs: [one] }, untyped: { needs: [one] } }`;
    const data = [{ task: 'one', kind: 'data', parameter: 'one' }];
    expect(await edges(yaml, 'one()', 'any(...)', 'untyped(*)')).toMatchObject({
      any: data,
      untyped: data,
    });
  });

  test('from a task that an expression reads is order only', async () => {
    const yaml = `
tasks:
  one: { run: 'true' }
  two: { run: 'echo \${tasks.one.output.stdout}' }`;
    expect(await edges(yaml)).toMatchObject({ two: [{ task: 'one', kind: 'control' }] });
  });

  test('comes from code when YAML names no needs, and from YAML when it does', async () => {
    const registry = registryOf(
      'one()',
      'two()',
      define('join(one?, two?)', { dependencies: ['one'] }),
    );
    const sources = async (task: string): Promise<TaskName[]> => {
      const yaml = `name: p\nmodules: [./tasks.ts]\ntasks: { one: {}, two: {}, join: ${task} }`;
      const plan = planOf(await pipelineFrom(yaml), { registry });
      return taskIn(plan, 'join').dependsOn.map((edge) => edge.task);
    };
    expect(await sources('{}')).toEqual(['one']);
    expect(await sources('{ needs: [two] }')).toEqual(['two']);
  });

  test('from code gives way to a value, an input or an element for the same parameter', async () => {
    const registry = registryOf('one()', define('two(one)', { dependencies: ['one'] }));
    const kinds = async (task: string): Promise<unknown> => {
      const yaml = `name: p\nmodules: [./tasks.ts]\ntasks: { one: {}, other: { run: 'true' }, two: ${task} }`;
      const plan = planOf(await pipelineFrom(yaml), { registry });
      return taskIn(plan, 'two').dependsOn;
    };
    expect(await kinds('{ with: { one: 1 } }')).toEqual([]);
    expect(await kinds('{ map: { over: "${[1, 2]}", as: one } }')).toEqual([]);
    expect(await kinds('{ inputs: { one: other } }')).toEqual([
      { task: 'other', kind: 'data', parameter: 'one' },
    ]);
  });
});
