import { describe, expect, test } from 'vitest';
import type { TaskDefinition } from '../../src/model/task.ts';
import { wire } from '../../src/planner/wiring.ts';
import {
  define,
  functionTask,
  mistakesOf,
  pipelineFrom,
  pipelineOf,
  planOf,
  registryOf,
} from './pipelines.ts';

/** What is wrong with the tasks, which begin in line 3. */
async function mistakes(
  tasks: string,
  ...registered: readonly (string | TaskDefinition)[]
): Promise<string[]> {
  const yaml = `name: p\nmodules: [./tasks.ts]\ntasks:\n${tasks}`;
  return mistakesOf(await pipelineFrom(yaml), { registry: registryOf(...registered) });
}

describe('a task that no module registers', () => {
  test('is reported with the nearest name that is registered', async () => {
    expect(await mistakes('  clean_up: {}', 'cleanup()')).toEqual([
      '4:3 DP3004 no module of the pipeline registers a task "clean_up" → did you mean "cleanup"?',
    ]);
  });

  test('is reported at `task:` when that says another name', async () => {
    expect(await mistakes('  clean: { task: scrub }', 'clean()')).toEqual([
      '4:18 DP3004 no module of the pipeline registers a task "scrub" → export it from a file under `modules:`, or give the task a `run:` command',
    ]);
  });

  test('may be one of thousands, all of which are reported at once', () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `task_number_${i}`);
    const pipeline = pipelineOf(names.map(functionTask));
    const registry = registryOf(...names.map((name) => define(`other_${name}()`)));
    expect(mistakesOf(pipeline, { registry })).toHaveLength(5_000);
  });
});

describe('a dependency that is not in the pipeline', () => {
  test('is reported where it is written, with the nearest task', async () => {
    expect(
      await mistakes("  download: { run: 'true' }\n  clean: { run: 'true', needs: [downlod] }"),
    ).toEqual([
      '5:33 DP4002 task "clean" needs "downlod", which is not in the pipeline → did you mean "download"?',
    ]);
  });

  test('is reported once when it would have been an input', async () => {
    expect(await mistakes('  clean: { inputs: { rows: flights } }', 'clean(rows)')).toEqual([
      '4:28 DP4002 task "clean" needs "flights", which is not in the pipeline → add a task "flights" under `tasks:`',
    ]);
  });

  test('named in code is reported at the code', async () => {
    const clean = define('clean(rows?)', {
      dependencies: ['rows'],
      at: { file: '/project/tasks.ts', line: 7, column: 21 },
    });
    expect(await mistakes('  clean: {}', clean)).toEqual([
      '7:21 DP4002 task "clean" needs "rows", which is not in the pipeline → add a task "rows" under `tasks:`',
    ]);
  });
});

describe('an argument without a parameter', () => {
  test('is reported with the nearest parameter', async () => {
    expect(await mistakes('  clean: { with: { min_delay: 3 } }', 'clean(minDelay?)')).toEqual([
      '4:31 DP4004 task "clean" has no parameter "min_delay" → did you mean "minDelay"?',
    ]);
  });

  test('is reported with all parameters when none is near', async () => {
    expect(await mistakes('  clean: { with: { verbose: true } }', 'clean(rows?, limit?)')).toEqual([
      '4:29 DP4004 task "clean" has no parameter "verbose" → it takes rows, limit',
    ]);
    expect(await mistakes('  clean: { with: { verbose: true } }', 'clean()')).toEqual([
      '4:29 DP4004 task "clean" has no parameter "verbose" → it takes no parameters',
    ]);
  });

  test('may be an input or the element of a map as well', async () => {
    const tasks = `  one: {}
  two: { inputs: { row: one } }
  three: { map: { over: "\${[1]}", as: number } }`;
    expect(await mistakes(tasks, 'one()', 'two()', 'three()')).toEqual([
      '5:25 DP4004 task "two" has no parameter "row" → it takes no parameters',
      expect.stringContaining('DP4004 task "three" has no parameter "number"'),
    ]);
  });

  test('is none for a function that takes any name, or of which nothing is known', async () => {
    const yaml = `name: p
modules: [./tasks.ts]
tasks: { any: { with: { x: 1 } }, untyped: { with: { x: 1 } } }`;
    const registry = registryOf('any(...)', 'untyped(*)');
    expect(planOf(await pipelineFrom(yaml), { registry }).tasks).toHaveLength(2);
  });
});

describe('a parameter without an argument', () => {
  test('is reported with the three ways to supply it', async () => {
    expect(await mistakes('  clean: {}', 'clean(rows, limit?)')).toEqual([
      '4:3 DP4005 nothing supplies parameter "rows" of task "clean" → add a task "rows" to `needs`, feed it with `inputs: { rows: TASK }`, or give it a value under `with`',
    ]);
  });

  test('is reported for each parameter of each task at once', async () => {
    expect(await mistakes('  one: {}\n  two: {}', 'one(a, b)', 'two(c)')).toHaveLength(3);
  });

  test('is none when the element of a map goes there', async () => {
    const yaml = `name: p
modules: [./tasks.ts]
tasks: { each: { map: { over: "\${[1]}", as: number } } }`;
    expect(
      planOf(await pipelineFrom(yaml), { registry: registryOf('each(number)') }),
    ).toBeDefined();
  });
});

const mistakesOfClean = (task: string): Promise<string[]> =>
  mistakes(`  rows: {}\n  other: {}\n  clean: ${task}`, 'rows()', 'other()', 'clean(rows)');

describe('a parameter with two arguments', () => {
  const twice = 'is supplied twice → keep one of needs, inputs, with and map';

  test('is reported for any two suppliers', async () => {
    const told = [expect.stringContaining(`DP4006 parameter "rows" of task "clean" ${twice}`)];
    expect(await mistakesOfClean('{ needs: [rows], with: { rows: [] } }')).toEqual(told);
    expect(await mistakesOfClean('{ needs: [rows], inputs: { rows: other } }')).toEqual(told);
    expect(await mistakesOfClean('{ inputs: { rows: rows }, with: { rows: [] } }')).toEqual(told);
    expect(await mistakesOfClean('{ needs: [rows], map: { over: "${[1]}", as: rows } }')).toEqual(
      told,
    );
    expect(
      await mistakesOfClean('{ with: { rows: 1 }, map: { over: "${[1]}", as: rows } }'),
    ).toEqual(told);
  });

  test('points at both', async () => {
    const yaml = `name: p
modules: [./tasks.ts]
tasks:
  rows: {}
  clean: { needs: [rows], with: { rows: [] } }`;
    const pipeline = await pipelineFrom(yaml);
    const { diagnostics } = wire(pipeline, registryOf('rows()', 'clean(rows)'));
    expect(diagnostics).toMatchObject([
      {
        at: { line: 5, column: 41 },
        related: [{ message: 'also supplied here', at: { line: 5, column: 20 } }],
      },
    ]);
  });
});

test('a task with the name of an object method is a task like any other', async () => {
  const yaml = `name: p
modules: [./tasks.ts]
tasks: { constructor: {}, toString: { needs: [constructor] } }`;
  const registry = registryOf('constructor()', 'toString(constructor)');
  expect(planOf(await pipelineFrom(yaml), { registry }).levels).toEqual([
    ['constructor'],
    ['toString'],
  ]);
});

test('every mistake is reported at once, cycles included', async () => {
  const tasks = `  a: { run: 'true', needs: [b] }
  b: { run: 'true', needs: [a] }
  c: { run: 'true', needs: [missing] }
  d: {}`;
  const codes = (await mistakes(tasks)).map((mistake) => /DP\d+/.exec(mistake)?.[0]);
  expect(codes).toEqual(['DP4002', 'DP3004', 'DP4001']);
});

test('a function of positional parameters is one error, which names the task', async () => {
  const parameters = { is: 'positional', type: 'string[]' } as const;
  const pipeline = await pipelineFrom(
    "name: p\nmodules: [./t.ts]\ntasks: { rows: { run: 'true' }, use: { needs: rows } }\n",
  );
  const registry = registryOf(define('use()', { parameters }));
  expect(mistakesOf(pipeline, { registry })).toEqual([
    expect.stringContaining(
      'DP5008 task "use" takes string[], and not one object of named arguments',
    ),
  ]);
});
