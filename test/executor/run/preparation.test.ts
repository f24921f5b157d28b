import { describe, expect, test } from 'vitest';
import { compileExpressions } from '../../../src/config/expressions/compiled-expressions.ts';
import { Outputs } from '../../../src/executor/run/outputs.ts';
import { Preparation } from '../../../src/executor/run/preparation.ts';
import type { IoManager } from '../../../src/io/io-manager.ts';
import type { Instant, TaskName } from '../../../src/model/ids.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { PlannedTask } from '../../../src/model/plan.ts';
import type { ResultRef } from '../../../src/model/result.ts';
import type { TaskStatus } from '../../../src/model/run.ts';
import { pipelineFrom, planOf, registryOf, request, taskIn } from '../../planner/pipelines.ts';

const registry = registryOf('download(url?)', 'clean(download?, limit?)', 'each(month)');

const ref = (task: TaskName): ResultRef => ({
  is: 'value',
  run: 'r',
  task,
  id: '1',
  bytes: 1,
  digest: `digest of ${task}`,
});

interface Situation {
  readonly params?: JsonObject;
  /** Values of the tasks that have succeeded. */
  readonly outputs?: Readonly<Record<TaskName, unknown>>;
  readonly statuses?: Readonly<Record<TaskName, TaskStatus>>;
  /** Logical time of the run. */
  readonly at?: Instant;
}

/** The tasks, from the key `tasks:` on, in a run where something has happened already. */
async function prepared(yaml: string, situation: Situation = {}) {
  const { params = {}, outputs = {}, statuses = {}, at = Date.UTC(2026, 0, 2) } = situation;
  const pipeline = await pipelineFrom(`name: p\nmodules: [./tasks.ts]\n${yaml}`);
  const plan = planOf(pipeline, { registry, params, at });
  const loaded: TaskName[] = [];
  const kept = new Outputs();
  for (const name of Object.keys(outputs)) kept.set(name, ref(name));
  const load = async (stored: ResultRef): Promise<unknown> => {
    const task = 'task' in stored ? stored.task : '';
    loaded.push(task);
    return outputs[task];
  };
  const preparation = new Preparation({
    plan,
    runId: 'run-1',
    at,
    surroundings: request(pipeline).surroundings,
    env: { TOKEN: 'abc' },
    expressions: await compileExpressions(pipeline),
    // Nothing else is asked of it.
    io: { load } as Pick<IoManager, 'load'> as IoManager,
    outputs: kept,
    run: {
      tasks: { statusOf: (name) => statuses[name] ?? 'succeeded' },
      outcome: () => ({ status: 'succeeded', failed: [] }),
    },
  });
  const task = (name: TaskName): PlannedTask => taskIn(plan, name);
  return { plan, preparation, task, loaded };
}

describe('the values of a task', () => {
  test('are worked out from parameters, environment and run', async () => {
    const { preparation, task } = await prepared(
      `params: { year: { type: integer, default: 1 } }
env: [TOKEN]
tasks: { download: { with: { url: ["\${params.year + 1}", "y=\${params.year} \${env.TOKEN} \${run.id}", 7] } } }`,
      { params: { year: 2001 } },
    );
    expect(preparation.prepareNow(task('download')).values).toEqual({
      url: [2002, 'y=2001 abc run-1', 7],
    });
  });

  test('are worked out from outputs, and no other output is loaded', async () => {
    const { preparation, task, loaded } = await prepared(
      `tasks:
  download: {}
  other: { run: 'true' }
  clean: { needs: [other, download], with: { limit: "\${tasks.other.output.rows}" } }`,
      { outputs: { other: { rows: [1, 2] }, download: 'much' } },
    );
    expect((await preparation.prepare(task('clean'))).values).toEqual({ limit: [1, 2] });
    expect(loaded).toEqual(['other']);
  });

  test('see the status of a task that gave no output', async () => {
    const { preparation, task } = await prepared(
      `tasks:
  other: { run: 'true' }
  clean: { with: { limit: "\${tasks.other.status}" } }`,
      { statuses: { other: 'skipped' } },
    );
    expect((await preparation.prepare(task('clean'))).values).toEqual({ limit: 'skipped' });
  });

  test('that cannot be worked out are a fault', async () => {
    const { preparation, task } = await prepared(
      `tasks:
  other: { run: 'true' }
  clean: { with: { limit: "\${tasks.other.output.rows}" } }`,
      { outputs: { other: {} } },
    );
    await expect(preparation.prepare(task('clean'))).rejects.toMatchObject({ code: 'DP1009' });
  });
});

test('the logical time of the run is a value, and a part of the key only where it is read', async () => {
  const yaml = 'tasks: { download: { with: { url: "${run.time}" } }, other: { run: "true" } }';
  const [first, again, later] = [
    await prepared(yaml),
    await prepared(yaml),
    await prepared(yaml, { at: Date.UTC(2026, 0, 3) }),
  ];
  const ready = first.preparation.prepareNow(first.task('download'));
  expect(ready.values).toEqual({ url: new Date('2026-01-02T00:00:00Z') });
  const keys = (name: string): string[] =>
    [first, again, later].map(({ preparation, task }) => preparation.prepareNow(task(name)).key);
  expect(new Set(keys('download')).size).toBe(2);
  expect(new Set(keys('other')).size).toBe(1);
  expect(taskIn(first.plan, 'download').key).toBe(ready.key);
});

describe('the arguments of a task', () => {
  test('are its values and the outputs that feed it, by parameter', async () => {
    const { preparation, task } = await prepared(
      `tasks: { download: {}, clean: { needs: [download], with: { limit: 5 } } }`,
      { outputs: { download: 'rows' } },
    );
    const clean = task('clean');
    expect(preparation.argumentsOf(clean, preparation.prepareNow(clean))).toEqual({
      limit: { is: 'value', value: 5 },
      download: { is: 'result', ref: ref('download') },
    });
  });

  test('are undefined where an upstream gave nothing', async () => {
    const { preparation, task } = await prepared(
      `tasks: { download: {}, clean: { needs: [download] } }`,
    );
    const clean = task('clean');
    expect(preparation.argumentsOf(clean, preparation.prepareNow(clean))).toEqual({
      download: { is: 'value', value: undefined },
    });
  });
});

describe('a condition', () => {
  test('holds when it is true, and where there is none', async () => {
    const { preparation, task } = await prepared(
      `params: { year: { type: integer, default: 1 } }
tasks:
  download: { when: "\${params.year > 1990}" }
  clean: { when: "\${params.year < 1990}" }
  last: { run: 'true' }`,
      { params: { year: 2001 } },
    );
    const holds = (name: TaskName): boolean =>
      preparation.holds(task(name), preparation.prepareNow(task(name)).scope);
    expect([holds('download'), holds('clean'), holds('last')]).toEqual([true, false, true]);
  });
});

const each = (over: string) =>
  prepared(`params: { months: {} }\ntasks: { each: { map: { over: "${over}", as: month } } }`, {
    params: { months: 12 },
  });

describe('the list of a mapped task', () => {
  test('is what its expression gives', async () => {
    const { preparation, task } = await each('${[1, 2, 3]}');
    const { map } = task('each');
    const elements = preparation.elementsOf(map!.over, preparation.prepareNow(task('each')));
    expect(elements).toEqual([1, 2, 3]);
  });

  test('has to be a list', async () => {
    const { preparation, task } = await each('${params.months}');
    const { map } = task('each');
    expect(() => preparation.elementsOf(map!.over, preparation.prepareNow(task('each')))).toThrow(
      'map.over: params.months gives no list',
    );
  });
});

describe('the key of a task', () => {
  const CHAIN = `defaults: { cache: true }
tasks: { download: { with: { url: a } }, clean: { needs: [download] } }`;

  test('is the one that the plan knew already', async () => {
    const { preparation, plan, task } = await prepared(CHAIN, { params: { year: 1 } });
    expect(taskIn(plan, 'download').key).toBe(preparation.prepareNow(task('download')).key);
  });

  test('is the one that the next plan will know', async () => {
    const { preparation, task } = await prepared(CHAIN, { outputs: { download: 'rows' } });
    const pipeline = await pipelineFrom(`name: p\nmodules: [./tasks.ts]\n${CHAIN}`);
    const key = preparation.prepareNow(task('download')).key;
    const history = {
      cached: (asked: string) =>
        asked === key ? { output: ref('download'), run: 'r' } : undefined,
      last: () => undefined,
    };
    const next = planOf(pipeline, { registry, history });
    expect(taskIn(next, 'clean').key).toBe(preparation.prepareNow(task('clean')).key);
  });

  test('changes with an output that only its expressions read', async () => {
    const yaml = `tasks:
  other: { run: 'true' }
  clean: { with: { limit: "\${tasks.other.status}" } }`;
    const without = await prepared(yaml);
    const given = await prepared(yaml, { outputs: { other: 1 } });
    const [one, other] = await Promise.all(
      [without, given].map(({ preparation, task }) => preparation.prepare(task('clean'))),
    );
    expect(one!.key).not.toBe(other!.key);
  });

  test('changes with what its values read of the run', async () => {
    const yaml = `tasks:
  download: {}
  clean: { needs: [download], with: { limit: "\${tasks.download.status}" } }`;
    const keys = await Promise.all(
      (['succeeded', 'failed'] as const).map(async (download) => {
        const { preparation, task } = await prepared(yaml, { statuses: { download } });
        return (await preparation.prepare(task('clean'))).key;
      }),
    );
    expect(keys[0]).not.toBe(keys[1]);
  });
});
