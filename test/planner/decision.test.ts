import { describe, expect, test } from 'vitest';
import type { Digest, TaskName } from '../../src/model/ids.ts';
import type { Decision } from '../../src/model/plan.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { NO_HISTORY, type History } from '../../src/planner/planner.ts';
import { reasonText } from '../../src/views/reasons.ts';
import {
  define,
  mistakesOf,
  pipelineFrom,
  planOf,
  registryOf,
  taskIn,
  type Wish,
} from './pipelines.ts';

const registry = registryOf('download(url?)', 'clean(download?)', 'lock()', 'report(clean)');

const result = (task: TaskName, digest = `digest of ${task}`): ResultRef => ({
  is: 'value',
  run: 'run-1',
  task,
  id: '1',
  bytes: 2,
  digest,
});

/** Everything that was asked for, and found, in a run before. */
class Past implements History {
  readonly asked: Digest[] = [];
  readonly kept = new Map<Digest, TaskName>();
  readonly #outputs: ReadonlyMap<TaskName, ResultRef>;

  constructor(...outputs: readonly (readonly [TaskName, ResultRef])[]) {
    this.#outputs = new Map(outputs);
  }

  cached(key: Digest): ReturnType<History['cached']> {
    this.asked.push(key);
    const task = this.kept.get(key);
    const output = task === undefined ? undefined : this.#outputs.get(task);
    return output && { output, run: 'run-1' };
  }

  last(task: TaskName): ReturnType<History['last']> {
    const output = this.#outputs.get(task);
    return output && { output, run: 'run-1' };
  }
}

/** Plans again and again, keeping a result under each key as it becomes known: as runs would do. */
async function pastOf(yaml: string, wish: Wish = {}): Promise<Past> {
  const pipeline = await pipelineFrom(yaml);
  const past = new Past(...[...pipeline.tasks.keys()].map((name) => [name, result(name)] as const));
  let known = -1;
  while (past.kept.size > known) {
    known = past.kept.size;
    const { tasks } = planOf(pipeline, { registry, history: past, ...wish });
    for (const { key, name } of tasks) if (key !== null) past.kept.set(key, name);
  }
  return past;
}

async function decisions(yaml: string, wish: Wish = {}): Promise<Record<TaskName, string>> {
  const { tasks } = planOf(await pipelineFrom(yaml), { registry, ...wish });
  return Object.fromEntries(tasks.map(({ name, decision }) => [name, said(decision)]));
}

const said = ({ action, reason }: Decision): string => `${action}: ${reasonText(reason)}`;

const CACHED = `name: p
modules: [./tasks.ts]
defaults: { cache: true }
tasks: { download: { with: { url: a } }, clean: { needs: [download] } }`;

describe('a task', () => {
  test('runs when caching is off, whatever happened before', async () => {
    const yaml = CACHED.replace('cache: true', 'cache: false');
    expect(await decisions(yaml, { history: await pastOf(CACHED) })).toEqual({
      download: 'run: caching is off',
      clean: 'run: caching is off',
    });
  });

  test('runs when it never succeeded, and what depends on its output runs too', async () => {
    expect(await decisions(CACHED)).toEqual({
      download: 'run: it has not succeeded before',
      clean: 'run: depends on the result of download, which runs first',
    });
  });

  test('is reused, with all behind it, when nothing changed', async () => {
    const history = await pastOf(CACHED);
    const plan = planOf(await pipelineFrom(CACHED), { registry, history });
    expect(taskIn(plan, 'clean').decision).toEqual({
      action: 'cached',
      reason: { is: 'unchanged', run: 'run-1' },
      output: result('clean'),
      fromRun: 'run-1',
    });
  });

  test.each([
    ['${run.id}', 'run: reads run.id, which differs in every run'],
    ['${run}', 'run: reads run.id, which differs in every run'],
    ['${tasks.lock.status}', 'run: depends on the result of lock, which runs first'],
    ['${run.pipeline}', 'run: it has not succeeded before'],
    ['run.id', 'run: it has not succeeded before'],
  ])('whose values read %s may be reused only with the same', async (url, decision) => {
    const yaml = `name: p\nmodules: [./tasks.ts]\ntasks:
  lock: {}
  download: { cache: true, with: { url: '${url}' } }`;
    expect((await decisions(yaml))['download']).toBe(decision);
  });

  test('whose values read how a reused task ended waits for the run to say it', async () => {
    const yaml = `name: p\nmodules: [./tasks.ts]\ndefaults: { cache: true }\ntasks:
  lock: {}
  download: { with: { url: '\${tasks.lock.status}' } }`;
    const found = await decisions(yaml, { history: await pastOf(yaml) });
    expect(found['download']).toBe('run: reads the status of lock, which is known during the run');
  });

  test('that only asks on a condition how another ended has a key without it', async () => {
    const yaml = `name: p\nmodules: [./tasks.ts]\ntasks:
  download: { cache: true, when: '\${run.id != ""}' }`;
    const plan = planOf(await pipelineFrom(yaml), { registry });
    expect(taskIn(plan, 'download').key).not.toBeNull();
  });

  test('runs when its values changed, and what depends on it waits for its output', async () => {
    const yaml = CACHED.replace('url: a', 'url: b');
    expect(await decisions(yaml, { history: await pastOf(CACHED) })).toEqual({
      download: 'run: changed since run run-1',
      clean: 'run: depends on the result of download, which runs first',
    });
  });

  test('runs when its code, a parameter, the environment or Node changed', async () => {
    const yaml = CACHED.replace('cache: true', 'cache: { params: [year], env: [ZONE] }');
    const history = await pastOf(yaml);
    const recoded = registryOf(define('download(url?)', { codeHash: 'code-2' }), 'clean(download)');
    const wishes: Wish[] = [
      { registry: recoded },
      { params: { year: 1999 } },
      { surroundings: { envDigest: 'env-1', env: { ZONE: 'b' }, nodeMajor: 26 } },
      { surroundings: { envDigest: 'env-1', env: {}, nodeMajor: 27 } },
    ];
    for (const wish of wishes) {
      expect(await decisions(yaml, { history, ...wish })).toMatchObject({
        download: 'run: changed since run run-1',
      });
    }
  });

  test('depends on the parameters and variables that its values read, or that it declares', async () => {
    const yaml = `name: p
modules: [./tasks.ts]
params: { year: { default: 2000 } }
env: [ZONE]
defaults: { cache: true }
tasks:
  download: { with: { url: '\${params.year}' } }
  lock: { cache: { env: [ZONE] } }
  clean: {}
  mixed: { run: 'echo \${params.year}', cache: { env: [], files: [] } }
  command: { run: date, cache: { files: [] } }`;
    const keys = async (wish: Wish): Promise<Map<TaskName, Digest | null>> => {
      const { tasks } = planOf(await pipelineFrom(yaml), { registry, ...wish });
      return new Map(tasks.map(({ name, key }) => [name, key]));
    };
    const before = await keys({ params: { year: 2000 } });
    const changed = async (wish: Wish): Promise<TaskName[]> =>
      [...(await keys(wish))]
        .filter(([name, key]) => before.get(name) !== key)
        .map(([name]) => name);
    expect(await changed({ params: { year: 2001 } })).toEqual(['download', 'mixed']);
    const zone = { envDigest: 'env-2', env: { ZONE: 'b' }, nodeMajor: 26 };
    expect(await changed({ params: { year: 2000 }, surroundings: zone })).toEqual([
      'command',
      'lock',
    ]);
  });

  test('says what it read has changed, when a result of its key was stored', async () => {
    const changes = [
      {
        before: { is: 'file', path: 'a.csv', digest: '1' },
        after: { is: 'absent', path: 'a.csv' },
      },
    ] as const;
    const history = { ...NO_HISTORY, outdated: () => ({ run: 'run-1', changes }) };
    expect(await decisions(CACHED, { history })).toMatchObject({
      download: 'run: what it reads changed since run run-1: a.csv',
    });
  });

  test('runs when its stored result is gone', async () => {
    const history = await pastOf(CACHED);
    const goneFor = (task: TaskName): History => ({
      cached: (key) => (history.kept.get(key) === task ? undefined : history.cached(key)),
      last: () => undefined,
    });
    expect(await decisions(CACHED, { history: goneFor('clean') })).toEqual({
      download: 'cached: unchanged since run run-1',
      clean: 'run: it has not succeeded before',
    });
  });

  test('runs when it is forced, alone or with all others', async () => {
    const history = await pastOf(CACHED);
    expect(await decisions(CACHED, { history, force: new Set(['clean']) })).toEqual({
      download: 'cached: unchanged since run run-1',
      clean: 'run: forced',
    });
    expect(await decisions(CACHED, { history, force: true })).toEqual({
      download: 'run: forced',
      clean: 'run: forced',
    });
  });

  test('is reused although a task that it only waits for runs', async () => {
    const yaml = `name: p
modules: [./tasks.ts]
tasks: { lock: {}, clean: { needs: [lock], cache: true } }`;
    const history = await pastOf(yaml);
    expect(await decisions(yaml, { history })).toEqual({
      lock: 'run: caching is off',
      clean: 'cached: unchanged since run run-1',
    });
  });

  test('waits for the output that it can see, and says which', async () => {
    const yaml = `name: p
modules: [./tasks.ts]
defaults: { cache: true }
tasks: { lock: {}, download: {}, clean: { needs: [lock, download] } }`;
    expect(await decisions(yaml)).toMatchObject({
      clean: 'run: depends on the result of download, which runs first',
    });
  });

  test('waits for an output that its expressions read, as for one that feeds it', async () => {
    const yaml = `name: p
modules: [./tasks.ts]
tasks:
  lock: { cache: true }
  clean: { cache: true, when: "\${tasks.lock.output > 1}" }`;
    const plan = planOf(await pipelineFrom(yaml), { registry });
    expect(taskIn(plan, 'clean')).toMatchObject({
      key: null,
      decision: { reason: { is: 'input_open', task: 'lock' } },
    });
  });
});

function tooEarly(): never {
  throw new Error('asked too early');
}

describe('a condition', () => {
  const yaml = `name: p
modules: [./tasks.ts]
params: { year: { type: integer, default: 2001 } }
tasks:
  download: { when: "\${params.year > 1990}" }
  clean: { needs: [download] }
  lock: { needs: [download], trigger_rule: all_done }
  report: { inputs: { clean: clean } }`;

  test('that is false skips the task, and those behind it that need its success', async () => {
    expect(await decisions(yaml, { holds: () => false })).toEqual({
      download: 'skip: when: params.year > 1990 is false',
      clean: 'skip: download is skipped',
      lock: 'run: caching is off',
      report: 'skip: clean is skipped',
    });
  });

  test('that is true skips nothing', async () => {
    const asked: string[] = [];
    const holds = ({ value }: { readonly value: string }): boolean => asked.push(value) > 0;
    expect(await decisions(yaml, { holds })).toMatchObject({
      download: 'run: caching is off',
      report: 'run: caching is off',
    });
    expect(asked).toEqual(['params.year > 1990']);
  });

  test('is not decided yet when it reads an output', async () => {
    const reading = `name: p
modules: [./tasks.ts]
tasks: { lock: {}, clean: { when: "\${tasks.lock.output > 1}" } }`;
    expect(await decisions(reading, { holds: tooEarly })).toMatchObject({
      clean: 'run: caching is off',
    });
  });
});

describe('a key', () => {
  test('is known where every output that the task sees is, and null where not', async () => {
    const pipeline = await pipelineFrom(CACHED);
    const fresh = planOf(pipeline, { registry });
    expect(taskIn(fresh, 'download').key).toMatch(/^[0-9a-f]{64}$/);
    expect(taskIn(fresh, 'clean').key).toBeNull();
    const again = planOf(pipeline, { registry, history: await pastOf(CACHED) });
    expect(taskIn(again, 'clean').key).toMatch(/^[0-9a-f]{64}$/);
  });

  test('depends on what an input is, not on which run gave it', async () => {
    const history = await pastOf(CACHED);
    const other: History = {
      cached: (key) => {
        const found = history.cached(key);
        return found && { output: { ...found.output, run: 'run-2' } as ResultRef, run: 'run-2' };
      },
      last: () => undefined,
    };
    expect(await decisions(CACHED, { history: other })).toEqual({
      download: 'cached: unchanged since run run-2',
      clean: 'cached: unchanged since run run-2',
    });
  });
});

describe('with some tasks only', () => {
  test('the last results of the others are given to them', async () => {
    const plan = planOf(await pipelineFrom(CACHED), {
      registry,
      history: await pastOf(CACHED),
      selection: { names: ['clean'], only: true },
    });
    expect(plan.given).toEqual(
      new Map([['download', { output: result('download'), fromRun: 'run-1' }]]),
    );
    expect(plan.levels).toEqual([['clean']]);
  });

  test('a result of the whole pipeline is found again', async () => {
    const history = await pastOf(CACHED);
    expect(
      await decisions(CACHED, { history, selection: { names: ['clean'], only: true } }),
    ).toEqual({ clean: 'cached: unchanged since run run-1' });
  });

  test('it is a mistake when a result that is needed is not there', async () => {
    expect(
      mistakesOf(await pipelineFrom(CACHED), {
        registry,
        selection: { names: ['clean'], only: true },
      }),
    ).toEqual([
      '4:59 DP4008 task "clean" needs the result of "download", which is not selected and has no stored result → ["select it too",{"do":"runUpstreamTasks"}]',
    ]);
  });

  test('a task that is only waited for needs no result', async () => {
    const pipeline = await pipelineFrom(
      `name: p\ntasks: { a: { run: 'true' }, b: { run: 'true', needs: [a] } }`,
    );
    const plan = planOf(pipeline, { selection: { names: ['b'], only: true } });
    expect(plan.given.size).toBe(0);
  });

  test('a result that only an expression reads is needed too', async () => {
    const pipeline = await pipelineFrom(
      `name: p\ntasks: { a: { run: 'true' }, b: { run: 'echo \${tasks.a.output.stdout}' } }`,
    );
    const [mistake] = mistakesOf(pipeline, { selection: { names: ['b'], only: true } });
    expect(mistake).toContain('DP4008');
  });
});
