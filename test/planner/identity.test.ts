import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/model/ids.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { ResultRef } from '../../src/model/result.ts';
import type { TaskDefinition } from '../../src/model/task.ts';
import { cacheKey, outputDigest, type KeyParts } from '../../src/planner/identity.ts';
import { anyDag, closure, nameOf, needsOf } from './graphs.ts';
import {
  define,
  graphPipeline,
  pipelineFrom,
  pipelineOf,
  planOf,
  registryOf,
  type Wish,
} from './pipelines.ts';

const registry = registryOf(
  'download(url)',
  'download2(url)',
  'clean(download?, rows?, limit?, other?)',
  'each(clean, month?, week?)',
);

const YAML = `name: p
modules: [./tasks.ts]
params: { year: { type: integer, default: 2001 }, mode: { type: string } }
tasks:
  download: { with: { url: a }, tags: [etl, slow] }
  clean: { needs: [download], with: { limit: { low: 1, high: [2, 3] } }, when: "\${params.year > 1990}" }
  each: { needs: [clean], map: { over: "\${[1, 2]}", as: month, max_parallel: 2 } }
  load: { needs: [each], run: psql, shell: sh, cwd: data, timeout: 60 }
`;

const planIdFrom = async (yaml: string, wish: Wish = {}): Promise<string> =>
  planOf(await pipelineFrom(yaml), { registry, ...wish }).planId;

const sorted = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);

describe('the id of a plan', () => {
  test('is the same on every machine', async () => {
    // Known from before: whoever changes it takes every stored result away from its users.
    expect(await planIdFrom(YAML)).toBe(
      'fcbaef5336abc88cefd3d66fa61e15c3525827f6a9ea6cd0696a7b1c2d04afa7',
    );
  });

  test('is unchanged by the order of keys', async () => {
    const reordered = `tasks:
  load: { cwd: data, timeout: 60, shell: sh, run: psql, needs: [each] }
  each: { map: { max_parallel: 2, as: month, over: "\${[1, 2]}" }, needs: [clean] }
  clean: { when: "\${params.year > 1990}", with: { limit: { high: [2, 3], low: 1 } }, needs: [download] }
  download: { tags: [slow, etl], with: { url: a } }
params: { mode: { type: string }, year: { default: 2001, type: integer } }
modules: [./tasks.ts]
name: p
`;
    expect(await planIdFrom(reordered)).toBe(await planIdFrom(YAML));
  });

  test('is unchanged by values of parameters, the environment, Node, history and force', async () => {
    const planId = await planIdFrom(YAML);
    const wishes: Wish[] = [
      { params: { year: 1999, mode: 'fast' } },
      { surroundings: { envDigest: 'other', env: {}, nodeMajor: 27 } },
      { force: true },
      { holds: () => false },
      {
        history: {
          cached: () => ({ output: { is: 'void' }, run: 'r' }),
          last: () => ({ output: { is: 'void' }, run: 'r' }),
        },
      },
    ];
    for (const wish of wishes) expect(await planIdFrom(YAML, wish)).toBe(planId);
  });

  test('is unchanged by another file, a moved folder, and code that moved or changed', async () => {
    const pipeline = await pipelineFrom(YAML);
    const { planId } = planOf(pipeline, { registry });
    const moved: Pipeline = { ...pipeline, file: '/elsewhere/q.yaml', folder: '/elsewhere' };
    const elsewhere = registryOf(
      ...[...registry.names()].map((name) => ({
        ...registry.get(name)!,
        module: '/elsewhere/tasks.ts',
        at: { file: '/elsewhere/tasks.ts', line: 9, column: 9 },
        codeHash: 'code-2',
      })),
    );
    expect(planOf(moved, { registry: elsewhere }).planId).toBe(planId);
  });

  test('is unchanged by limits of runs and by declared variables: a run may be resumed with others', async () => {
    const planId = await planIdFrom(YAML);
    for (const more of ['timeout: 90', 'pools: { db: 2 }', 'env: [REGION]'])
      expect(await planIdFrom(`${more}\n${YAML}`)).toBe(planId);
  });

  test('is changed by every change of the structure', async () => {
    const changes: [what: string, from: string, to: string][] = [
      ['name of the pipeline', 'name: p', 'name: q'],
      ['name of a task', '  load:', '  store:'],
      ['function', 'download: {', 'download: { task: download2,'],
      ['edge added', 'load: { needs: [each]', 'load: { needs: [each, clean]'],
      ['edge removed', 'load: { needs: [each], ', 'load: { '],
      ['far end of an edge', 'load: { needs: [each]', 'load: { needs: [clean]'],
      ['parameter of an edge', 'clean: { needs: [download]', 'clean: { inputs: { rows: download }'],
      ['value', 'url: a', 'url: b'],
      ['kind of value', 'url: a', 'url: 1'],
      ['deep value', 'low: 1', 'low: 2'],
      ['order in a list', '[2, 3]', '[3, 2]'],
      ['value taken away', ', high: [2, 3]', ''],
      ['parameter of a value', 'with: { limit:', 'with: { other:'],
      ['condition', '> 1990', '> 1991'],
      ['no condition', ', when: "${params.year > 1990}"', ''],
      ['list of a map', '[1, 2]}', '[1, 3]}'],
      ['element of a map', 'as: month', 'as: week'],
      ['width of a map', 'max_parallel: 2', 'max_parallel: 3'],
      ['no width of a map', ', max_parallel: 2', ''],
      ['command', 'run: psql', 'run: pg'],
      ['shell', 'shell: sh', 'shell: bash'],
      ['folder of a command', 'cwd: data', 'cwd: .'],
      ['arguments of a shell', 'shell: sh', 'shell: [sh, -u, -c]'],
      ['tag added', '[etl, slow]', '[etl, slow, x]'],
      ['tag taken away', '[etl, slow]', '[etl]'],
      ['tags cut elsewhere', '[etl, slow]', '[etls, low]'],
      ['type of a parameter', 'type: integer, default', 'type: number, default'],
      ['default of a parameter', 'default: 2001', 'default: 2002'],
      ['no default of a parameter', ', default: 2001', ''],
      ['parameter added', 'mode:', 'more: {}, mode:'],
      ['name of a parameter', 'mode:', 'made:'],
      ...[
        'timeout: 61',
        'timeout: 60, max_retries: 1',
        'timeout: 60, total_timeout: 60',
        'timeout: 60, queue_timeout: 60',
        'timeout: 60, retry: { on: failed }',
        'timeout: 60, retry: { delay: 2 }',
        'timeout: 60, retry: { backoff: linear }',
        'timeout: 60, retry: { factor: 3 }',
        'timeout: 60, retry: { max_delay: 9 }',
        'timeout: 60, retry: { jitter: none }',
        'timeout: 60, fail_safe: true',
        'timeout: 60, cache: true',
        'timeout: 60, cache: { ttl: 1d }',
        'timeout: 60, pool: database',
        'timeout: 60, priority: 1',
        'timeout: 60, trigger_rule: all_done',
      ].map((to): [string, string, string] => [to, 'timeout: 60', to]),
      ...[
        'stream_output: true',
        'heartbeat: 60',
        'memory: 60GiB',
        'isolation: process',
        'isolation: process, cwd: data',
      ].map((more): [string, string, string] => {
        return [more, 'tags: [etl, slow]', `tags: [etl, slow], ${more}`];
      }),
    ];
    const ids = new Map([[await planIdFrom(YAML), 'nothing']]);
    for (const [what, from, to] of changes) {
      const changed = YAML.replace(from, to);
      const planId = await planIdFrom(changed);
      expect({ what, isFound: changed !== YAML, same: ids.get(planId) }).toEqual({
        what,
        isFound: true,
        same: undefined,
      });
      ids.set(planId, what);
    }
  });

  test('distinguishes an edge that carries data from one that only orders', async () => {
    const yaml = `name: p\nmodules: [./tasks.ts]\ntasks: { one: {}, two: { needs: [one] } }`;
    const data = await planIdFrom(yaml, { registry: registryOf('one()', 'two(one)') });
    const control = await planIdFrom(yaml, { registry: registryOf('one()', 'two()') });
    expect(data).not.toBe(control);
  });

  test('differs for every two different graphs', () => {
    fc.assert(
      fc.property(anyDag, anyDag, (one, other) => {
        const same = JSON.stringify(one.map(sorted)) === JSON.stringify(other.map(sorted));
        const [a, b] = [one, other].map((graph) => planOf(graphPipeline(needsOf(graph))).planId);
        expect(a === b).toBe(same);
      }),
    );
  });
});

const idsOf = ({ tasks }: Plan): Map<string, string> =>
  new Map(tasks.map((task) => [task.name, task.id]));

/** With something more in the file about the task. */
async function idOfDownload(more: string): Promise<string> {
  const yaml = `name: p\nmodules: [./tasks.ts]\ntasks: { download: { with: { url: a }${more} } }`;
  return planOf(await pipelineFrom(yaml), { registry }).tasks[0]!.id;
}

const idWith = async (work: string, ...tasks: (string | TaskDefinition)[]) =>
  planOf(await pipelineFrom(`name: p\nmodules: [./tasks.ts]\ntasks: { one: { task: ${work} } }`), {
    registry: registryOf(...tasks),
  }).tasks[0]!.id;

describe('the id of a task', () => {
  test('changes with anything upstream of it, and with nothing else', () => {
    fc.assert(
      fc.property(anyDag, fc.nat(), (graph, draw) => {
        const changed = draw % graph.length;
        const pipeline = graphPipeline(needsOf(graph));
        const tasks = [...pipeline.tasks.values()].map((spec, task) =>
          task === changed
            ? { ...spec, work: { is: 'shell' as const, command: { value: 'false', at: spec.at } } }
            : spec,
        );
        const before = idsOf(planOf(pipeline));
        const after = idsOf(planOf(pipelineOf(tasks)));
        const reach = closure(graph);
        for (const task of graph.keys()) {
          const name = nameOf(task);
          const isBehind = task === changed || reach[task]![changed]!;
          expect(before.get(name) !== after.get(name)).toBe(isBehind);
        }
      }),
    );
  });

  test('is unchanged by what cannot change a result: retries, timeouts, isolation, memory, tags, pools, priority', async () => {
    const more =
      ', max_retries: 3, timeout: 5, tags: [x], pool: net, priority: 3, fail_safe: true, total_timeout: 9, queue_timeout: 9, heartbeat: 9, isolation: process, memory: 1GiB, retry: { on: crashed }';
    expect(await idOfDownload(more)).toBe(await idOfDownload(''));
  });

  test('does not take one part for another by shifting their borders', async () => {
    const commands = [
      `run: ab, shell: sh, cwd: c`,
      `run: a, shell: bsh, cwd: c`,
      `run: a, shell: sh, cwd: bc`,
      `run: bca, shell: sh, cwd: .`,
    ];
    const plans = await Promise.all(
      commands.map(async (work) =>
        planOf(await pipelineFrom(`name: p\ntasks: { one: { ${work} } }`)),
      ),
    );
    expect(new Set(plans.map((plan) => plan.tasks[0]!.id)).size).toBe(commands.length);
  });
});

describe('a cache key', () => {
  const ref: ResultRef = {
    is: 'value',
    run: 'r1',
    task: 'a',
    id: '1',
    bytes: 3,
    digest: 'd1',
  };
  const text: ResultRef = { ...ref, is: 'text' };
  const parts: KeyParts = {
    id: 'id',
    codeHash: 'code',
    params: '{}',
    envDigest: 'env',
    nodeMajor: 26,
    inputs: new Map<TaskName, ResultRef>([
      ['a', ref],
      ['b', { is: 'void' }],
    ]),
    facts: [],
    isObserved: false,
  };

  test('changes with every part of it', () => {
    const others: Partial<KeyParts>[] = [
      { id: 'other' },
      { codeHash: 'other' },
      { params: '{"a":1}' },
      { envDigest: 'other' },
      { nodeMajor: 27 },
      { inputs: new Map() },
      { inputs: new Map([['a', ref]]) },
      { inputs: new Map([...parts.inputs, ['c', undefined]]) },
      { inputs: new Map([...parts.inputs, ['b', undefined]]) },
      { inputs: new Map([...parts.inputs, ['a', { ...ref, digest: 'd2' }]]) },
      { inputs: new Map([...parts.inputs, ['a', text]]) },
      { id: 'idco', codeHash: 'de' },
      { facts: ['id', 'run-1'] },
      { facts: ['id', 'run-2'] },
    ];
    const keys = [{}, ...others].map((other) => cacheKey({ ...parts, ...other }));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('is unchanged by the order of inputs and by where they are stored', () => {
    const stored = { ...ref, run: 'r2', id: '2' };
    const inputs = new Map<TaskName, ResultRef>([
      ['b', { is: 'void' }],
      ['a', stored],
    ]);
    expect(cacheKey({ ...parts, inputs })).toBe(cacheKey(parts));
  });

  test('distinguishes a list of outputs from its elements and from another order', () => {
    const other: ResultRef = { ...ref, digest: 'd2' };
    const outputs: ResultRef[] = [
      ref,
      { is: 'void' },
      { is: 'list', items: [] },
      { is: 'list', items: [ref] },
      { is: 'list', items: [ref, other] },
      { is: 'list', items: [other, ref] },
      { is: 'list', items: [{ is: 'list', items: [ref, other] }] },
      { is: 'stream', run: 'r1', task: 'a', id: '1', items: 1, bytes: 3, digest: 'd1' },
    ];
    expect(new Set(outputs.map(outputDigest)).size).toBe(outputs.length);
  });
});

test('what a task is called in code is in its id, where it is defined is not', async () => {
  const one = await idWith('one', 'one()');
  expect(await idWith('one', define('one()', { module: '/elsewhere.ts' }))).toBe(one);
  expect(await idWith('two', 'two()')).not.toBe(one);
});
