/** What a program can ask of a project: plans, runs of pipeline files and of definitions, and the record. */
import { existsSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createBroker,
  type Event,
  Fault,
  openProject,
  pipeline,
  type PlanOptions,
  type Project,
  type ProjectOptions,
  type RunTopics,
} from 'dp';

const root = join(import.meta.dirname, 'etl');
const ETL = 'etl.yaml';
const GATE = 'gate.yaml';
/** The compiler has nothing to add to most of these tests, and takes its time. */
const UNTYPED: PlanOptions = { typecheck: 'off' };

const everything = pipeline({
  name: 'everything',
  modules: './etl/tasks.ts',
  tasks: 'all',
});

describe('a plan', () => {
  test('has the order, the levels and the tasks with their decisions, and leaves no trace', async () => {
    await using place = await opened();
    const plan = await place.project.plan(ETL);
    expect(plan).toMatchObject({
      pipeline: 'etl_file',
      order: ['extract', 'transform'],
      levels: [['extract'], ['transform']],
      warnings: [],
    });
    expect(plan.tasks[1]).toMatchObject({
      dependsOn: [{ task: 'extract', kind: 'data', parameter: 'extract' }],
      decision: { action: 'run' },
    });
    expect(existsSync(place.stateDir)).toBe(false);
  });

  test('of a selection covers what it selects', async () => {
    await using place = await opened();
    const { order } = await place.project.plan(ETL, { ...UNTYPED, tasks: ['extract'] });
    expect(order).toEqual(['extract']);
    const tagged = await place.project.plan(everything, { ...UNTYPED, tags: ['source'] });
    expect(tagged.order).toEqual(['extract']);
  });

  test.for<readonly [PlanOptions, string]>([
    [{ tasks: [] }, 'DP4003'],
    [{ tags: [] }, 'DP4003'],
    [{ tasks: ['extrakt'] }, 'DP2006'],
    [{ params: { nope: 1 } }, 'DP2003'],
    [{ params: { note: 1 } }, 'DP2004'],
    [{ shard: { index: 3, count: 2 } }, 'DP2001'],
  ])('of what cannot be planned, %j, is refused with %s', async ([options, code]) => {
    await using place = await opened();
    await expect(place.project.plan(ETL, { ...UNTYPED, ...options })).rejects.toMatchObject({
      name: 'Fault',
      code,
    });
  });

  test('of a file that is not there is refused', async () => {
    await using place = await opened();
    const missing = place.project.plan(new URL('nothing.yaml', import.meta.url));
    await expect(missing).rejects.toMatchObject({ code: 'DP2002' });
  });
});

test.for([undefined, new URL('https://example.org/a.yaml'), {}])(
  'a source that is no pipeline, %s, is refused',
  async (source) => {
    await using place = await opened();
    const refused = { name: 'Fault', code: 'DP2001' };
    await expect(place.project.plan(source as never)).rejects.toMatchObject(refused);
    await expect(place.project.start(source as never)).rejects.toMatchObject(refused);
  },
);

describe('a run', () => {
  test('ends with a summary, its events and the results of its tasks', async () => {
    await using place = await opened();
    const run = await place.project.start(ETL, UNTYPED);
    expect(await run.ended).toMatchObject({
      runId: run.runId,
      pipeline: 'etl_file',
      status: 'succeeded',
    });
    expect(await run.output<number[]>('transform')).toEqual([2, 4, 6]);
    const all = await Array.fromAsync(run.events(), ({ topic }) => topic);
    expect(all[0]).toBe('run.started');
    expect(all.at(-1)).toBe('run.succeeded');
    const extracted = await Array.fromAsync(run.events<{ rows: number[] }>('data.*'));
    expect(extracted.map(({ data }) => data.rows)).toEqual([[1, 2, 3]]);
    expect(await place.project.show('last')).toMatchObject({ runId: run.runId });
    await expect(run.output('nothing')).rejects.toMatchObject({ code: 'DP2006' });
  });

  test('publishes whatever it records on the broker of the program', async () => {
    await using broker = createBroker<RunTopics & { 'data.extracted': { rows: number[] } }>();
    using ends = broker.subscribe('run.succeeded');
    using data = broker.subscribe('data.**');
    await using place = await opened({ broker });
    const run = await place.project.start(ETL, UNTYPED);
    for await (const event of ends) {
      expect(event).toMatchObject({ runId: run.runId, data: { totals: { succeeded: 2 } } });
      break;
    }
    for await (const event of data) {
      expect(event.data.rows).toEqual([1, 2, 3]);
      break;
    }
  });

  test('that failed has a status, its task no result, and it can be resumed', async () => {
    await using place = await opened();
    const file = join(place.folder, 'go');
    writeFileSync(file, '');
    const params = { file, fails: true };
    const run = await place.project.start(GATE, { ...UNTYPED, params });
    expect(await run.ended).toMatchObject({ status: 'failed' });
    await expect(run.output('gate')).rejects.toMatchObject({ code: 'DP2008' });
    writeFileSync(`${file}.mended`, '');
    const resumed = await place.project.resume(run.runId);
    expect(resumed.runId).toBe(run.runId);
    expect(await resumed.ended).toMatchObject({ status: 'succeeded' });
    expect(await resumed.output('gate')).toBe('through');
    await expect(place.project.resume(run.runId)).rejects.toMatchObject({ code: 'DP6008' });
  });

  test('is repeated by a retry, whole or in part', async () => {
    await using place = await opened();
    const run = await place.project.start(ETL, UNTYPED);
    await run.ended;
    const whole = await place.project.retry(run.runId);
    await whole.ended;
    const part = await place.project.retry(run.runId, { from: ['transform'] });
    await part.ended;
    const statuses = async (id: string) => {
      const { tasks, retryOf } = await place.project.show(id);
      return [retryOf, ...[...tasks.values()].map(({ status }) => status)];
    };
    expect(await statuses(whole.runId)).toEqual([run.runId, 'succeeded', 'succeeded']);
    expect(await statuses(part.runId)).toEqual([run.runId, 'cached', 'succeeded']);
  });

  test.for(['cancel', 'signal'] as const)('is cancelled by %s', async (how) => {
    await using place = await opened();
    const stop = new AbortController();
    const run = await place.project.start(GATE, {
      ...UNTYPED,
      params: { file: join(place.folder, 'never') },
      grace: 0,
      signal: stop.signal,
    });
    for await (const { topic } of run.events()) if (topic === 'run.task.started') break;
    if (how === 'cancel') run.cancel('enough');
    else stop.abort('enough');
    expect(await run.ended).toMatchObject({ status: 'cancelled' });
    const [end] = await Array.fromAsync(run.events<{ reason: string }>('run.cancelled'));
    expect(end?.data.reason).toContain('enough');
    run.cancel();
  });

  test('does not start under a signal that has aborted', async () => {
    await using place = await opened();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(place.project.start(ETL, { signal })).rejects.toThrow('too late');
    expect(await Array.fromAsync(place.project.runs())).toEqual([]);
  });

  test('with a given id begins once, whoever asks', async () => {
    await using place = await opened();
    const file = join(place.folder, 'go');
    const options = { ...UNTYPED, params: { file }, runId: 'once' };
    const [one, two] = [
      await place.project.start(GATE, options),
      await place.project.start(GATE, options),
    ];
    writeFileSync(file, '');
    expect([await one.ended, await two.ended]).toMatchObject([
      { runId: 'once', status: 'succeeded' },
      { runId: 'once', status: 'succeeded' },
    ]);
    expect(await two.output('gate')).toBe('through');
    const other = place.project.start(ETL, { ...UNTYPED, runId: 'once' });
    await expect(other).rejects.toMatchObject({ code: 'DP6021' });
  });

  test('ends when the project closes, which nobody has to wait for', async () => {
    const place = await opened();
    const run = await place.project.start(GATE, {
      ...UNTYPED,
      params: { file: join(place.folder, 'never') },
    });
    const events: Event[] = [];
    const reading = (async () => {
      for await (const event of run.events()) events.push(event);
    })();
    await place.project.close();
    await reading;
    expect(await run.ended).toMatchObject({ status: 'cancelled' });
    await place[Symbol.asyncDispose]();
  });

  test('of a plan is a run of exactly that plan', async () => {
    await using place = await opened();
    const plan = await place.project.plan(ETL, { ...UNTYPED, tasks: ['extract'] });
    const run = await place.project.start(plan);
    expect(await run.ended).toMatchObject({ status: 'succeeded', planId: plan.planId });
    const { tasks } = await place.project.show(run.runId);
    expect([...tasks.keys()]).toEqual(['extract']);
  });

  test('of a plan whose file has changed since does not start', async () => {
    await using place = await opened();
    const file = join(place.folder, 'changing.yaml');
    writeFileSync(file, 'name: changing\ntasks: { a: { run: "true" } }\n');
    const plan = await place.project.plan(file);
    writeFileSync(file, 'name: changing\ntasks: { a: { run: "false" } }\n');
    await expect(place.project.start(plan)).rejects.toMatchObject({ code: 'DP6007' });
    expect(await Array.fromAsync(place.project.runs())).toEqual([]);
  });
});

describe('the record', () => {
  test('lists runs, the newest first, and gc removes them', async () => {
    await using place = await opened();
    const started: string[] = [];
    for (const runId of ['a', 'b', 'c']) {
      const run = await place.project.start(ETL, { ...UNTYPED, tasks: ['extract'], runId });
      await run.ended;
      started.push(run.runId);
    }
    const ids = async (options = {}) =>
      Array.fromAsync(place.project.runs(options), ({ runId }) => runId);
    expect((await ids()).toSorted()).toEqual(started);
    expect(await ids({ pipeline: 'other' })).toEqual([]);
    expect(await ids({ status: 'failed' })).toEqual([]);
    expect(await place.project.gc({ keepRuns: 1, dryRun: true })).toMatchObject({ results: 2 });
    expect(await ids()).toHaveLength(3);
    await place.project.gc({ keepRuns: 1 });
    expect(await ids()).toHaveLength(1);
    await expect(place.project.gc({ keep: 'soon' })).rejects.toMatchObject({ code: 'DP2001' });
    await expect(place.project.show('nothing')).rejects.toMatchObject({ code: 'DP2007' });
  });

  test('has results that the IO manager of the project loads', async () => {
    await using place = await opened();
    const run = await place.project.start(ETL, UNTYPED);
    await run.ended;
    const stored = await Array.fromAsync(place.project.io.list(run.runId, 'transform'));
    expect(stored).toHaveLength(1);
    expect(await place.project.io.load(stored[0]!.ref)).toEqual([2, 4, 6]);
  });
});

describe('the registry', () => {
  test('tells names, tags, kinds, settings and schemas', async () => {
    await using place = await opened();
    const registry = await place.project.registry(everything);
    expect([...registry.names()].toSorted()).toEqual(['extract', 'load', 'transform']);
    expect([...registry.tags()].toSorted()).toEqual(['etl', 'source']);
    expect(registry.tagged('source').map(({ name }) => name)).toEqual(['extract']);
    expect(registry.get('load')).toMatchObject({
      kind: 'generator',
      description: 'Loads.',
      dependencies: ['transform'],
      settings: { maxRetries: 2, timeout: null, failSafe: false },
      output: { streams: true },
    });
    expect(registry.get('extract')?.kind).toBe('async function');
    expect(registry.get('transform')).toMatchObject({
      kind: 'function',
      parameters: { is: 'known', list: [{ name: 'extract', optional: false }] },
      output: { schema: { type: 'array', items: { type: 'number' } } },
    });
    expect(registry.get('nothing')).toBeUndefined();
    expect(registry.size).toBe(3);
  });
});

describe('a defined pipeline', () => {
  test('of all tasks has the edges that the code says', async () => {
    await using place = await opened();
    const plan = await place.project.plan(everything);
    expect(plan.levels).toEqual([['extract'], ['transform'], ['load']]);
    expect(plan.tasks.map(({ dependsOn }) => dependsOn)).toEqual([
      [],
      [{ task: 'extract', kind: 'data', parameter: 'extract' }],
      [{ task: 'transform', kind: 'control' }],
    ]);
    const run = await place.project.start(everything);
    expect(await run.ended).toMatchObject({ status: 'succeeded' });
    const items = await run.output<AsyncIterable<string>>('load');
    expect(await Array.fromAsync(items)).toEqual(['a', 'b']);
  });

  test('has the plan of its twin in a file', async () => {
    await using place = await opened();
    const twin = pipeline({
      name: 'etl_file',
      modules: ['./etl/tasks.ts'],
      params: { note: { type: 'string', default: 'none' } },
      tasks: { extract: null, transform: { needs: 'extract' } },
    });
    const [file, defined] = [await place.project.plan(ETL), await place.project.plan(twin)];
    expect(defined.planId).toBe(file.planId);
  });

  test('has settings, hooks and expressions like a file', async () => {
    await using place = await opened();
    const defined = pipeline({
      name: 'commands',
      params: { word: { type: 'string' } },
      defaults: { maxRetries: 1, retry: { maxDelay: 5 } },
      tasks: {
        words: { run: 'echo "[1, 2]"' },
        each: { run: 'echo ${params.word}', failSafe: true, needs: ['words'] },
      },
      hooks: { onFinish: { bye: { run: 'echo bye' } } },
    });
    const plan = await place.project.plan(defined, { params: { word: 'x' } });
    const each = plan.tasks.find(({ name }) => name === 'each');
    expect(each?.settings).toMatchObject({
      failSafe: true,
      maxRetries: 1,
      retry: { maxDelay: 5 },
    });
    expect(plan.tasks.find(({ name }) => name === 'bye')?.hook).toBe('on_finish');
    const run = await place.project.start(plan);
    expect(await run.ended).toMatchObject({ status: 'succeeded' });
    expect(await run.output('each')).toMatchObject({ stdout: 'x\n' });
  });

  test('is refused with every mistake, at its place in the program and in the words of code', async () => {
    await using place = await opened();
    const wrong = pipeline({
      name: 'Wrong',
      tasks: { a: { run: 'true', maxRetries: -1 }, b: { run: 'x', maxRetrys: 1 } as object },
    });
    const refused = await place.project.plan(wrong).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Fault);
    const { diagnostics } = refused as Fault;
    expect(diagnostics.map(({ code }) => code).toSorted()).toEqual(['DP1004', 'DP1005', 'DP1007']);
    for (const { at } of diagnostics) expect(at?.file).toBe(import.meta.filename);
    expect(diagnostics.map(({ message }) => message).join()).toContain('maxRetries');
  });

  test('that no file could hold is refused', async () => {
    await using place = await opened();
    const live = pipeline({
      name: 'live',
      tasks: { a: { run: 'true', with: { now: (() => 1) as never } } },
    });
    await expect(place.project.plan(live)).rejects.toMatchObject({
      code: 'DP6108',
      message: expect.stringContaining('tasks.a.with.now'),
    });
    expect(() => pipeline(undefined as never)).toThrow(expect.objectContaining({ code: 'DP2001' }));
  });

  test('is resumed by the program that defines it, and by no other', async () => {
    await using place = await opened();
    const file = join(place.folder, 'go');
    const defined = pipeline({
      name: 'defined_gate',
      modules: './etl/gate.ts',
      tasks: { gate: { with: { file, fails: true } } },
    });
    writeFileSync(file, '');
    const run = await place.project.start(defined, UNTYPED);
    expect(await run.ended).toMatchObject({ status: 'failed' });
    writeFileSync(`${file}.mended`, '');
    await using other = await openProject({ root, stateDir: place.stateDir });
    await expect(other.resume(run.runId)).rejects.toMatchObject({ code: 'DP6007' });
    const resumed = await other.resume(run.runId, { pipeline: defined });
    expect(await resumed.ended).toMatchObject({ status: 'succeeded' });
  });
});

test.for<readonly [ProjectOptions, string]>([
  [{ jobs: 0 }, 'DP2001'],
  [{ jobs: 1.5 }, 'DP2001'],
])('a project with %j is refused with %s', async ([options, code]) => {
  await expect(openProject(options)).rejects.toMatchObject({ code });
});

interface OpenedPlace extends AsyncDisposable {
  readonly project: Project;
  readonly folder: string;
  readonly stateDir: string;
}

async function opened(options: ProjectOptions = {}): Promise<OpenedPlace> {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'dp-library-'));
  const stateDir = join(folder.path, 'state');
  const project = await openProject({ root, stateDir, jobs: 2, ...options });
  return {
    project,
    folder: folder.path,
    stateDir,
    [Symbol.asyncDispose]: async () => {
      await project.close();
      folder.remove();
    },
  };
}
