import { expect, expectTypeOf, test } from 'vitest';
import { task } from 'dp';
import { runTask } from 'dp/testing';
import * as z from 'zod';

test('a task gets its arguments and a context, and its output comes back with what it said', async () => {
  const greet = task({ maxRetries: 2 }, ({ name }: { name: string }, ctx) => {
    ctx.publish('data.greeted', { name });
    ctx.progress(1, 2);
    ctx.log.info({ name }, 'greeting');
    ctx.heartbeat();
    return { text: `${ctx.runId} ${name}`, attempt: ctx.attempt };
  });
  const outcome = await runTask(greet, { name: 'Oslo' }, { runId: 'hello', attempt: 2 });
  expect(outcome).toEqual({
    output: { text: 'hello Oslo', attempt: 2 },
    events: [{ topic: 'data.greeted', data: { name: 'Oslo' } }],
    log: [expect.objectContaining({ level: 30, name: 'Oslo', msg: 'greeting' })],
    progress: [{ done: 1, total: 2 }],
  });
  expectTypeOf(outcome.output).toEqualTypeOf<{ text: string; attempt: number }>();
});

test('plain functions are tasks, promises are awaited, and generators are streams', async () => {
  expect((await runTask(async () => 'later', {})).output).toBe('later');
  const { output } = await runTask(
    function* ({ count }: { count: number }) {
      for (let n = 0; n < count; n++) yield n;
    },
    { count: 3 },
  );
  expectTypeOf(output).toEqualTypeOf<AsyncIterable<number>>();
  expect(await Array.fromAsync(output)).toEqual([0, 1, 2]);
});

test('values are those that a run would store', async () => {
  class Row {
    n = 1;
  }
  const given = { rows: [1] };
  const { output } = await runTask(
    ({ table }: { table: typeof given }) => {
      table.rows.push(2);
      return [table, new Row(), new Date(0)];
    },
    { table: given },
  );
  expect(output).toStrictEqual([{ rows: [1, 2] }, { n: 1 }, new Date(0)]);
  expect(given).toEqual({ rows: [1] });
  await expect(runTask(() => () => 1, {})).rejects.toMatchObject({ code: 'DP7001' });
});

test('schemas are enforced, and params get what the schema makes of them', async () => {
  const typed = task(
    { params: z.object({ n: z.coerce.number() }), output: { type: 'number', maximum: 10 } },
    ({ n }) => n * 2,
  );
  expect((await runTask(typed, { n: 4 })).output).toBe(8);
  await expect(runTask(typed, { n: 40 })).rejects.toMatchObject({ code: 'DP5006' });
});

test.for([
  ['run.started', { code: 'DP6101' }],
  ['a..b', { code: 'DP6101' }],
] as const)('publishing on %s is refused as in a run', async ([topic, fault]) => {
  const publishing = runTask((_: object, ctx) => ctx.publish(topic, null), {});
  await expect(publishing).rejects.toMatchObject(fault);
});

test('what the task throws is thrown, and an aborted signal reaches it', async () => {
  const failing = task((): never => {
    throw new TypeError('broken');
  });
  await expect(runTask(failing, {})).rejects.toThrow(TypeError);
  const signal = AbortSignal.abort(new Error('cancelled'));
  const waiting = task((_: object, ctx) => ctx.signal.throwIfAborted());
  await expect(runTask(waiting, {}, { signal })).rejects.toThrow('cancelled');
  await expect(runTask(undefined as never, {})).rejects.toMatchObject({ code: 'DP3006' });
});
