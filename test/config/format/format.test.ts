import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { pipelineFormatSchema } from '../../../src/config/format/format.ts';
import { mistakesIn, pipelineFrom } from '../reading.ts';
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts';

const EVERYTHING = `
name: flights
description: Delays by airline and month.
modules: [./flights.ts]
params:
  year: { type: integer, minimum: 1987, default: 2001, description: Of departure. }
  source: { type: string }
env: [REGION, ZONE]
defaults: { timeout: 300, max_retries: 1 }
pools: { database: 3 }
timeout: 2h
tasks:
  download:
    description: Fetches.
    with: { url: "\${params.source}" }
    tags: [etl, extract]
  clean:
    task: cleanRows
    needs: download
    inputs: { rows: download }
  by_month:
    needs: [clean, clean]
    when: "\${ params.year > 1990 }"
    trigger_rule: none_failed
    map: { over: "\${tasks.clean.output.months}", as: month, max_parallel: 4 }
    max_retries: 3
    retry: { on: [crashed, failed], delay: 500ms, backoff: linear, factor: 2, max_delay: 1m30s, jitter: 0.2 }
    timeout: 60
    total_timeout: 10m
    queue_timeout: 1h
    heartbeat: 30s
    isolation: process
    memory: 1.5GiB
    cwd: data
    fail_safe: true
    stream_output: true
    cache: { ttl: 7d }
    pool: database
    priority: -5
  publish:
    run: psql -f load.sql
    shell: bash
    cwd: sql
    needs: [by_month]
    cache: true
  forget: { cache: false, retry: { jitter: none } }
triggers:
  - cron: "0 3 * * *"
    timezone: Asia/Seoul
    dst: { gap: skip, fold: both }
    overlap: queue
    catchup: { mode: all, limit: 7 }
  - cron: "*/5 * * * *"
  - event: data.*.arrived
    params: { source: "\${event.data.path}" }
  - file: incoming/*.csv
  - api:
secrets: DATA_TOKEN
`;

describe('everything the format has', () => {
  test('arrives in the pipeline', async () => {
    const pipeline = await pipelineFrom(EVERYTHING);
    expect(pipeline).toMatchObject({
      name: 'flights',
      description: 'Delays by airline and month.',
      file: '/project/p.yaml',
      folder: '/project',
      at: { line: 2, column: 7 },
      modules: [{ value: './flights.ts', at: { line: 4, column: 11 } }],
      env: ['REGION', 'ZONE', 'DATA_TOKEN'],
      secrets: ['DATA_TOKEN'],
      defaults: { timeout: 300, maxRetries: 1 },
      pools: new Map([['database', 3]]),
      timeout: 7200,
    });
    expect(pipeline.params.get('year')).toMatchObject({
      name: 'year',
      schema: { type: 'integer', minimum: 1987 },
      default: 2001,
      description: 'Of departure.',
      at: { line: 6, column: 3 },
    });
    expect(pipeline.params.get('source')).not.toHaveProperty('default');
    expect([...pipeline.tasks.keys()]).toEqual([
      'download',
      'clean',
      'by_month',
      'publish',
      'forget',
    ]);
  });

  test('arrives in the tasks', async () => {
    const { tasks } = await pipelineFrom(EVERYTHING);
    const { download, clean, by_month, publish, forget } = Object.fromEntries(tasks);
    expect(download).toMatchObject({
      name: 'download',
      description: 'Fetches.',
      at: { line: 13, column: 3 },
      work: { is: 'function', task: { value: 'download' } },
      tags: ['etl', 'extract'],
      needs: [],
      mentions: [],
      decidable: true,
      settings: {},
    });
    expect(download!.with.get('url')).toMatchObject({
      value: '${params.source}',
      at: { line: 15, column: 18 },
    });
    expect(clean).toMatchObject({
      work: { is: 'function', task: { value: 'cleanRows', at: { line: 18 } } },
      needs: [{ value: 'download', at: { line: 19, column: 12 } }],
    });
    expect(clean!.inputs.get('rows')).toMatchObject({ value: 'download', at: { line: 20 } });
    expect(by_month).toMatchObject({
      needs: [{ value: 'clean' }],
      when: { value: 'params.year > 1990', at: { line: 23 } },
      map: { over: { value: 'tasks.clean.output.months' }, as: 'month', maxParallel: 4 },
      mentions: ['clean'],
      work: { is: 'function', cwd: { value: 'data' } },
    });
    expect(by_month!.settings).toEqual({
      maxRetries: 3,
      retry: {
        on: ['failed', 'crashed'],
        delay: 0.5,
        backoff: 'linear',
        factor: 2,
        maxDelay: 90,
        jitter: 0.2,
      },
      timeout: 60,
      totalTimeout: 600,
      queueTimeout: 3600,
      heartbeat: 30,
      isolation: 'process',
      memory: 1536,
      failSafe: true,
      streamOutput: true,
      cache: { ttl: 604_800 },
      pool: 'database',
      priority: -5,
      triggerRule: 'none_failed',
    });
    expect(Object.keys(by_month!.settings).toSorted()).toEqual(
      Object.keys(DEFAULT_SETTINGS).toSorted(),
    );
    expect(publish).toMatchObject({
      work: {
        is: 'shell',
        command: { value: 'psql -f load.sql' },
        shell: 'bash',
        cwd: { value: 'sql' },
      },
      settings: { cache: { ttl: null } },
    });
    expect(forget!.settings).toEqual({ cache: false, retry: { jitter: 'none' } });
  });

  test('arrives in the triggers, with what is not said', async () => {
    const { triggers } = await pipelineFrom(EVERYTHING);
    expect(triggers).toMatchObject([
      {
        is: 'cron',
        cron: ['0 3 * * *'],
        timezone: 'Asia/Seoul',
        dst: { gap: 'skip', fold: 'both' },
        overlap: { mode: 'queue', max: 1 },
        catchup: { mode: 'all', limit: 7, window: null },
        params: {},
      },
      {
        is: 'cron',
        cron: ['*/5 * * * *'],
        timezone: 'UTC',
        dst: { gap: 'run_after', fold: 'first' },
        overlap: { mode: 'skip' },
        catchup: { mode: 'none', limit: 0, window: null },
      },
      { is: 'event', pattern: 'data.*.arrived', params: { source: '${event.data.path}' } },
      { is: 'file', glob: 'incoming/*.csv' },
      { is: 'api' },
    ]);
  });

  test('is frozen where it is data', async () => {
    const { tasks } = await pipelineFrom('name: p\ntasks: { a: { with: { x: { y: [1] } } } }\n');
    const value = tasks.get('a')!.with.get('x')!.value as { y: number[] };
    expect(Object.isFrozen(value) && Object.isFrozen(value.y)).toBe(true);
  });
});

describe('the JSON Schema of the format', () => {
  const validate = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    validateFormats: false,
  }).compile(withoutReference(pipelineFormatSchema()));

  test('takes what dp takes', () => {
    validate(parseYaml(EVERYTHING));
    expect(validate.errors).toBeNull();
  });

  test.each([
    'name: p\ntasks: { a: { need: b } }\n',
    'name: P\ntasks: { a: }\n',
    'tasks: { a: }\n',
    'name: p\ntasks: { a: { max_retries: -1 } }\n',
    'name: p\ntasks: { a: { timeout: soon } }\n',
    'name: p\ntasks: { a: { trigger_rule: some } }\n',
    'name: p\ntasks: { a: }\ntriggers: [{ file: x, api: {} }]\n',
    'name: p\ntasks: { a: }\ntriggers: [{ event: a..b }]\n',
  ])('refuses what dp refuses: %j', async (yaml) => {
    expect(validate(parseYaml(yaml))).toBe(false);
    expect(await mistakesIn(yaml)).not.toEqual([]);
  });

  const properties = Object.entries(
    pipelineFormatSchema()['properties'] as Record<
      string,
      { description?: string; examples?: unknown[] }
    >,
  );
  test.each(properties)(
    'explains the key %s, and its examples hold',
    async (key, { description, examples = [] }) => {
      expect(description).toMatch(/\.$/);
      for (const example of examples) {
        const sound = {
          name: 'p',
          pools: { database: 1 },
          tasks: { a: null, download: null },
          [key]: example,
        };
        expect(await mistakesIn(JSON.stringify(sound))).toEqual([]);
      }
    },
  );
});

/** Editors know the meta-schema by its address; here a mapping stands for it. */
function withoutReference(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema).replaceAll(
      '"$ref":"https://json-schema.org/draft/2020-12/schema"',
      '"type":"object"',
    ),
  ) as object;
}
