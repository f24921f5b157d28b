import { describe, expect, test } from 'vitest';
import { define, pipelineFrom, planOf, registryOf, taskIn } from './pipelines.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../../src/model/settings.ts';

/** Settings of the one task, as said in each of the places. */
async function settings(said: {
  defaults?: string;
  code?: Parameters<typeof define>[1];
  task?: string;
}): Promise<TaskSettings> {
  const pipeline = await pipelineFrom(`name: p
modules: [./tasks.ts]
defaults: ${said.defaults ?? '{}'}
pools: { database: 2, disk: 1, net: 1 }
tasks: { clean: ${said.task ?? '{}'} }`);
  const registry = registryOf(define('clean()', said.code));
  return taskIn(planOf(pipeline, { registry }), 'clean').settings;
}

describe('settings', () => {
  test('are those of dp where no source sets them', async () => {
    expect(await settings({})).toEqual(DEFAULT_SETTINGS);
  });

  test('are from the task in YAML, then from code, then from defaults, then of dp', async () => {
    const defaults = '{ timeout: 1, priority: 1, max_retries: 1, pool: disk }';
    const code = { settings: { timeout: 2, priority: 2, maxRetries: 2 } };
    const task = '{ timeout: 3, priority: 3 }';
    expect(await settings({ defaults, code, task })).toEqual({
      ...DEFAULT_SETTINGS,
      timeout: 3,
      priority: 3,
      maxRetries: 2,
      pool: 'disk',
    });
    expect(await settings({ defaults, task })).toMatchObject({ timeout: 3, maxRetries: 1 });
    expect(await settings({ code, task })).toMatchObject({ timeout: 3, maxRetries: 2, pool: null });
    expect(await settings({ defaults, code })).toMatchObject({ timeout: 2, pool: 'disk' });
  });

  test('of retries are joined part by part', async () => {
    const said = {
      defaults: '{ retry: { delay: 5, factor: 3, jitter: none } }',
      code: { settings: { retry: { on: ['crashed' as const], delay: 6, maxDelay: 60 } } },
      task: '{ retry: { delay: 7 } }',
    };
    expect((await settings(said)).retry).toEqual({
      on: ['crashed'],
      delay: 7,
      backoff: 'exponential',
      factor: 3,
      maxDelay: 60,
      jitter: 'none',
    });
  });

  test('can be taken back: a false beats a true, and no cache beats one', async () => {
    const said = {
      defaults: '{ fail_safe: true, cache: { ttl: 7d } }',
      task: '{ fail_safe: false, cache: false }',
    };
    expect(await settings(said)).toMatchObject({ failSafe: false, cache: false });
  });

  test('of a command are from YAML alone', async () => {
    const pipeline = await pipelineFrom(
      `name: p\ndefaults: { timeout: 1m }\ntasks: { a: { run: 'true', priority: 2 } }`,
    );
    expect(taskIn(planOf(pipeline), 'a').settings).toEqual({
      ...DEFAULT_SETTINGS,
      timeout: 60,
      priority: 2,
    });
  });

  test('about which nothing more is said are one object for many tasks', async () => {
    const pipeline = await pipelineFrom(`name: p
modules: [./tasks.ts]
tasks: { a: { task: clean }, b: { task: clean }, c: { task: clean, priority: 1 } }`);
    const registry = registryOf(define('clean()', { settings: { timeout: 5 } }));
    const [a, b, c] = planOf(pipeline, { registry }).tasks;
    expect(a!.settings).toBe(b!.settings);
    expect(c!.settings).toEqual({ ...a!.settings, priority: 1 });
  });
});
