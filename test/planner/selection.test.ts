import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/model/ids.ts';
import { select, type Selectable } from '../../src/planner/selection.ts';
import type { Selection } from '../../src/model/plan.ts';
import { anyDag, closure, levelByDefinition, nameOf, needsOf, type Graph } from './graphs.ts';
import {
  graphPipeline,
  mistakesOf,
  pipelineFrom,
  planOf,
  registryOf,
  define,
  taskIn,
} from './pipelines.ts';

const TAGS = ['etl', 'load', 'slow'];

const anyTagged = anyDag.chain((graph) =>
  fc.record({
    graph: fc.constant(graph),
    tags: fc.array(fc.subarray(TAGS), { minLength: graph.length, maxLength: graph.length }),
    names: fc.subarray([...graph.keys()].map(nameOf)),
    wanted: fc.subarray(TAGS),
  }),
);

/** By definition: the named and the tagged, and unless told otherwise all that they wait for. */
function chosenByDefinition(
  graph: Graph,
  tasks: readonly Selectable[],
  { names = [], tags = [], only = false }: Selection,
): TaskName[] {
  const isTarget = (task: Selectable): boolean =>
    (names.length === 0 && tags.length === 0) ||
    names.includes(task.name) ||
    task.tags.some((tag) => tags.includes(tag));
  const reach = closure(graph);
  const isWaitedFor = (task: number): boolean =>
    tasks.some((target, number) => isTarget(target) && reach[number]![task]!);
  return tasks
    .filter((task, number) => isTarget(task) || (!only && isWaitedFor(number)))
    .map((task) => task.name);
}

describe('a selection', () => {
  test('is what was named and tagged, with all it waits for unless only that is asked for', () => {
    fc.assert(
      fc.property(anyTagged, fc.boolean(), ({ graph, tags, names, wanted }, only) => {
        const tasks = graph.map((_, task) => ({ name: nameOf(task), tags: tags[task]! }));
        const selection = { names, tags: wanted, only };
        const expected = chosenByDefinition(graph, tasks, selection);
        const selected = select(tasks, graph, selection);
        const chosen =
          'chosen' in selected
            ? [...selected.chosen].map((number) => nameOf(number)).toSorted()
            : 'nothing';
        expect(chosen).toEqual(expected.length === 0 ? 'nothing' : expected.toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test('keeps the levels, ids and order of the whole when upstreams are in it', () => {
    fc.assert(
      fc.property(anyDag, fc.nat(), (graph, draw) => {
        const pipeline = graphPipeline(needsOf(graph));
        const whole = planOf(pipeline);
        const part = planOf(pipeline, { selection: { names: [nameOf(draw % graph.length)] } });
        const names = new Set(part.tasks.map((task) => task.name));
        expect(part.tasks).toEqual(whole.tasks.filter((task) => names.has(task.name)));
      }),
    );
  });

  test('of some tasks only has levels of its own, and the ids of the whole', () => {
    fc.assert(
      fc.property(anyDag, fc.array(fc.nat(), { minLength: 1 }), (graph, draws) => {
        const chosen = new Set(draws.map((draw) => draw % graph.length));
        const pipeline = graphPipeline(needsOf(graph));
        const whole = planOf(pipeline);
        const part = planOf(pipeline, {
          selection: { names: [...chosen].map(nameOf), only: true },
        });
        const inside = graph.map((sources, task) =>
          chosen.has(task) ? sources.filter((source) => chosen.has(source)) : [],
        );
        expect(part.tasks).toHaveLength(chosen.size);
        for (const task of chosen) {
          const name = nameOf(task);
          expect(taskIn(part, name).level).toBe(levelByDefinition(inside, task));
          expect(taskIn(part, name).id).toBe(taskIn(whole, name).id);
        }
      }),
    );
  });

  test('is by tags in the file, or by those in code when the file has none', async () => {
    const pipeline = await pipelineFrom(`name: p
modules: [./tasks.ts]
tasks: { one: {}, two: { tags: [file] } }`);
    const registry = registryOf(
      define('one()', { tags: ['code'] }),
      define('two()', { tags: ['code'] }),
    );
    const names = (tag: string): TaskName[] =>
      planOf(pipeline, { registry, selection: { tags: [tag] } }).levels.flat();
    expect(names('code')).toEqual(['one']);
    expect(names('file')).toEqual(['two']);
  });
});

describe('a selection that cannot be', () => {
  const pipeline = graphPipeline(
    new Map([
      ['download', []],
      ['clean', ['download']],
    ]),
  );

  test('names every unknown task, with the nearest one', () => {
    expect(mistakesOf(pipeline, { selection: { names: ['downlaod', 'clean', 'x'] } })).toEqual([
      'DP2006 there is no task "downlaod" in the pipeline → did you mean "download"?',
      'DP2006 there is no task "x" in the pipeline → {"do":"listTasks"}',
    ]);
  });

  test('matches nothing: it is an error, never an empty plan', () => {
    expect(mistakesOf(pipeline, { selection: { tags: ['etl'] } })).toEqual([
      'DP4003 no task has the tag "etl" → no task of the pipeline has a tag',
    ]);
  });

  test('is reported with the tags in use, or the nearest', async () => {
    const tagged = await pipelineFrom(`name: p
tasks: { a: { run: 'true', tags: [load, etl] } }`);
    expect(mistakesOf(tagged, { selection: { tags: ['nightly', 'weekly'] } })).toEqual([
      'DP4003 no task has any of the tags "nightly", "weekly" → tags in use: etl, load',
    ]);
    expect(mistakesOf(tagged, { selection: { tags: ['laod'] } })).toEqual([
      'DP4003 no task has the tag "laod" → did you mean "load"?',
    ]);
  });
});
