import { expect, expectTypeOf, test } from 'vitest';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { NonRetryableError, task, type TaskContext } from '../../src/index.ts';
import { checkOptions } from '../../src/registry/authoring/check-options.ts';
import { isNonRetryable, retryWish } from '../../src/registry/authoring/error-wishes.ts';

const ctx = { attempt: 2 } as TaskContext;

test('a task can still be called as the function it is', async () => {
  const clean = task({ tags: ['etl'] }, async ({ rows }: { rows: number[] }, { attempt }) => [
    ...rows,
    attempt,
  ]);
  expect(await clean({ rows: [1] }, ctx)).toEqual([1, 2]);
  expect(clean.options).toEqual({ tags: ['etl'] });
  expect(task(() => 'bare')()).toBe('bare');
});

test('a task keeps the whole type of its function', () => {
  const generic = task({}, <T extends { name: string }>({ x }: { x: T }) => ({ wrapped: x }));
  expectTypeOf(generic({ x: { name: 'a', age: 1 } })).toEqualTypeOf<{
    wrapped: { name: string; age: number };
  }>();
  const stream = task({ streamOutput: true }, async function* () {
    yield 1;
  });
  expectTypeOf(stream['~output']).toEqualTypeOf<AsyncIterable<number>>();
  const later = task(async ({ a }: { a?: string }) => a);
  expectTypeOf(later['~output']).toEqualTypeOf<string | undefined>();
  expectTypeOf(later['~params']).toEqualTypeOf<{ a?: string }>();
});

test('the context and what a schema gives need no annotation', () => {
  task((_: object, context) => expectTypeOf(context).toEqualTypeOf<TaskContext>());
  task({ params: z.object({ n: z.coerce.number() }) }, ({ n }, { log }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    log.info({ n }, 'n');
  });
  task({ params: v.object({ n: v.number() }) }, ({ n }) => expectTypeOf(n).toEqualTypeOf<number>());
  task({ params: type({ n: 'number' }) }, ({ n }) => expectTypeOf(n).toEqualTypeOf<number>());
  // @ts-expect-error -- the schema says that n is a number
  task({ params: z.object({ n: z.number() }) }, ({ n }: { n: string }) => n);
  // @ts-expect-error -- no such option
  task({ maxRetrys: 1 }, () => 1);
});

test('every option is known, and read as it is meant', () => {
  const problems: string[] = [];
  const read = (options: unknown) => checkOptions(options, (problem) => problems.push(problem));
  expect(
    read({
      name: 'clean',
      description: 'Rows without gaps.',
      tags: ['a', 'b', 'a'],
      dependencies: ['download'],
      maxRetries: 3,
      retry: {
        on: ['timed_out', 'failed', 'failed'],
        delay: '500ms',
        backoff: 'linear',
        factor: 1.5,
        maxDelay: '1m',
        jitter: 0.2,
      },
      timeout: '1m30s',
      totalTimeout: '10m',
      queueTimeout: 5,
      heartbeat: '30s',
      isolation: 'process',
      memory: '2GiB',
      failSafe: true,
      streamOutput: true,
      cache: { ttl: '7d' },
      pool: 'database',
      priority: -1,
      triggerRule: 'all_done',
      params: {},
      output: {},
    }),
  ).toEqual({
    name: 'clean',
    description: 'Rows without gaps.',
    tags: ['a', 'b'],
    dependencies: ['download'],
    settings: {
      maxRetries: 3,
      retry: {
        on: ['failed', 'timed_out'],
        delay: 0.5,
        backoff: 'linear',
        factor: 1.5,
        maxDelay: 60,
        jitter: 0.2,
      },
      timeout: 90,
      totalTimeout: 600,
      queueTimeout: 5,
      heartbeat: 30,
      isolation: 'process',
      memory: 2048,
      failSafe: true,
      streamOutput: true,
      cache: { ttl: 604_800 },
      pool: 'database',
      priority: -1,
      triggerRule: 'all_done',
    },
  });
  expect(read({ cache: true, timeout: null, memory: null, pool: null }).settings).toEqual({
    cache: { ttl: null },
    timeout: null,
    memory: null,
    pool: null,
  });
  expect(read({ tags: undefined })).toEqual({ tags: [], dependencies: [], settings: {} });
  expect(problems).toEqual([]);
});

test.each<[object]>([
  [{ name: '../up' }],
  [{ description: 5 }],
  [{ tags: 'etl' }],
  [{ tags: ['a', 1] }],
  [{ tags: ['a,b'] }],
  [{ dependencies: ['a b'] }],
  [{ maxRetries: -1 }],
  [{ maxRetries: 1.5 }],
  [{ maxRetries: Infinity }],
  [{ maxRetries: 5000 }],
  [{ retry: 3 }],
  [{ retry: { jitter: 2 } }],
  [{ retry: { factor: 0.5 } }],
  [{ retry: { factor: 1e9 } }],
  [{ retry: { backoff: 'quadratic' } }],
  [{ timeout: 0 }],
  [{ timeout: 'soon' }],
  [{ timeout: '40000d' }],
  [{ totalTimeout: 0 }],
  [{ queueTimeout: -1 }],
  [{ heartbeat: 'often' }],
  [{ isolation: 'container' }],
  [{ memory: '512MB' }],
  [{ memory: 1 }],
  [{ retry: { on: [] } }],
  [{ retry: { on: ['error'] } }],
  [{ failSafe: 'yes' }],
  [{ cache: { tll: 1 } }],
  [{ cache: { ttl: -1 } }],
  [{ cache: { ttl: 0 } }],
  [{ pool: 'a pool/with ..' }],
  [{ priority: NaN }],
  [{ priority: 0.5 }],
  [{ triggerRule: 'sometimes' }],
  [{ memory: Object.create(null) as object }],
  [{ priority: Symbol('high') }],
  // oxlint-disable-next-line no-sparse-arrays -- a hole is no tag
  [{ tags: ['a', , 'b'] }],
  [{ unknown: undefined }],
])('%j is told once', (options) => {
  const problems: string[] = [];
  checkOptions(options, (problem) => problems.push(problem));
  expect(problems).toHaveLength(1);
});

test('an error may say that another attempt cannot help', () => {
  expect(isNonRetryable(new NonRetryableError('no'))).toBe(true);
  class NonRetryable extends Error {
    override name = 'NonRetryableError';
  }
  expect(isNonRetryable(new NonRetryable())).toBe(true);
  expect(isNonRetryable(new Error('no'))).toBe(false);
  expect(isNonRetryable('NonRetryableError')).toBe(false);
});

function asking(after: unknown) {
  return retryWish(Object.assign(new Error('busy'), { retryAfter: after }), 1000);
}

const wait = (ms: number) => ({ is: 'wait', ms });

test('an error may say when to try again', () => {
  expect(asking(2)).toEqual(wait(2000));
  expect(asking(new Date(4000))).toEqual(wait(3000));
  expect(asking(new Date(0))).toEqual(wait(0));
  expect(asking(-1)).toEqual(wait(0));
  expect(retryWish(new Error('busy'), 0)).toEqual({ is: 'none' });
  expect(retryWish(null, 0)).toEqual({ is: 'none' });
  expect(asking(null)).toEqual({ is: 'none' });
});

test('a wish may be the text of a header, in seconds or as a date', () => {
  expect(asking('2')).toEqual({ is: 'wait', ms: 2000 });
  expect(asking(' 0.5 ')).toEqual({ is: 'wait', ms: 500 });
  expect(asking('Thu, 01 Jan 1970 00:00:04 GMT')).toEqual({ is: 'wait', ms: 3000 });
  expect(asking('1970-01-01T00:00:04Z')).toEqual({ is: 'wait', ms: 3000 });
});

function shown(asked: unknown) {
  const wish = asking(asked);
  return wish.is === 'not_understood' ? wish.asked : wish;
}

test('a wish that is neither seconds nor a date is not understood, and shown', () => {
  expect(shown(NaN)).toBe('NaN');
  expect(shown(Infinity)).toBe('Infinity');
  expect(shown(new Date('2 s'))).toBe('an invalid Date');
  expect(shown('in 5 minutes')).toBe('"in 5 minutes"');
  expect(shown('')).toBe('""');
  expect(shown('2 s')).toBe('"2 s"');
  expect(shown({ seconds: 2 })).toBe('of type object');
  expect(shown(2n)).toBe('of type bigint');
});

test('an error that throws when it is read wishes nothing', () => {
  const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
  revoke();
  expect(retryWish(proxy, 0)).toEqual({ is: 'none' });
  expect(isNonRetryable(proxy)).toBe(false);
});
