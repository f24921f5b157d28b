/** A scheduler on a clock that the test moves, and projects whose runs end when the test says so. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  createBroker,
  createScheduler,
  cronTrigger,
  type Event,
  eventTrigger,
  manualTrigger,
  type Overlap,
  type Publisher,
  type RunStarter,
  type StartedRun,
  type Tick,
  type Trigger,
} from 'dp';
import { HandClock } from '../executor/hand-clock.ts';

const HOUR = 3_600_000;

describe('a cron trigger', () => {
  test('fires at its moments in its zone, and at no other', async () => {
    const { clock, heard, scheduler } = world();
    await using _ = scheduler;
    scheduler.register('daily', cronTrigger('0 3 * * *', { timezone: 'Asia/Seoul' }), {
      topic: 'fired',
      data: ({ planned }: Tick) => planned.toISOString(),
    });
    await scheduler.start();
    expect(scheduler.list()).toEqual([{ name: 'daily', next: new Date(18 * HOUR) }]);
    for (let hour = 0; hour < 72; hour++) await passing(clock, HOUR);
    expect(heard).toEqual([18, 42, 66].map((hour) => new Date(hour * HOUR).toISOString()));
    expect(scheduler.list()).toEqual([
      {
        name: 'daily',
        next: new Date(90 * HOUR),
        last: { at: new Date(66 * HOUR), outcome: 'fired' },
      },
    ]);
  });

  test('misses moments that are noticed too late, and fires the one that is not', async () => {
    const { clock, heard, scheduler } = world();
    await using _ = scheduler;
    scheduler.register('minutely', cronTrigger('* * * * *'), {
      topic: 'fired',
      data: ({ planned }) => planned.getTime(),
    });
    await scheduler.start();
    // The process did not run for an hour: its timer goes off late.
    const [armed] = clock.armed;
    clock.armed.clear();
    clock.pass(HOUR + 30_000);
    armed?.act();
    await settled();
    expect(heard).toEqual([HOUR]);
  });

  test('does not fire again when the clock is set back', async () => {
    const { clock, heard, scheduler } = world();
    await using _ = scheduler;
    const trigger = cronTrigger('0 * * * *');
    scheduler.register('hourly', trigger, { topic: 'fired', data: () => 'x' });
    await scheduler.start();
    await passing(clock, HOUR);
    const now = vi.spyOn(clock, 'now').mockReturnValue(HOUR - 10_000);
    await passing(clock, 60_000);
    expect(heard).toEqual(['x']);
    now.mockRestore();
    await passing(clock, HOUR);
    expect(heard).toEqual(['x', 'x']);
  });

  test('that is wrong is refused at the start, and then no trigger listens', async () => {
    const { clock, scheduler } = world();
    scheduler.register('good', cronTrigger('* * * * *'), { topic: 'fired' });
    scheduler.register('bad', cronTrigger('* *'), { topic: 'fired' });
    await expect(scheduler.start()).rejects.toMatchObject({ code: 'DP1010' });
    expect(clock.armed.size).toBe(0);
  });
});

describe('an event trigger', () => {
  test('publishes what it makes of each event', async () => {
    await using broker = createBroker<{ 'data.extracted': { rows: number[] }; start: number }>();
    await using scheduler = createScheduler({ publisher: broker });
    scheduler.register('auto', eventTrigger(broker, 'data.**'), {
      topic: 'start',
      data: (event) => event.data.rows.length,
    });
    await scheduler.start();
    using started = broker.subscribe('start');
    await broker.publish('data.extracted', { rows: [1, 2, 3] });
    for await (const { data } of started) {
      expect(data).toBe(3);
      break;
    }
  });

  test('loses none of many events', async () => {
    await using broker = createBroker();
    const { project, started } = world();
    await using scheduler = createScheduler({ project });
    scheduler.register('each', eventTrigger(broker, 'go'), {
      run: 'file.yaml',
      params: ({ data }) => ({ n: Number(data) }),
      overlap: 'allow',
    });
    await scheduler.start();
    for (let n = 0; n < 2_000; n++) await broker.publish('go', n);
    await vi.waitFor(() => expect(started).toHaveLength(2_000));
    expect(started.map(({ params }) => params?.['n'])).toEqual(Array.from(started.keys()));
  });
});

describe('a trigger that starts runs', () => {
  test('skips a firing while its run goes on, unless told otherwise', async () => {
    const { scheduler, started, trigger } = await firedTwice();
    await using _ = scheduler;
    expect(started.map(({ params }) => params)).toEqual([{ n: 1 }]);
    expect(scheduler.list()[0]?.last).toMatchObject({ outcome: 'skipped' });
    started[0]?.end();
    await settled();
    await trigger.fire(3);
    expect(started.map(({ params }) => params)).toEqual([{ n: 1 }, { n: 3 }]);
    expect(scheduler.list()[0]?.last).toMatchObject({ outcome: 'fired', runId: 'run-2' });
  });

  test('lets the newest firing wait', async () => {
    const { scheduler, started, trigger } = await firedTwice('queue');
    await using _ = scheduler;
    await trigger.fire(3);
    expect(started).toHaveLength(1);
    started[0]?.end();
    await settled();
    expect(started.map(({ params }) => params)).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test('cancels its run for a newer firing', async () => {
    const { scheduler, started } = await firedTwice('cancel_running');
    await using _ = scheduler;
    expect(started[0]?.cancelled).toContain('newer');
    started[0]?.end();
    await settled();
    expect(started.map(({ params }) => params)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('starts them side by side', async () => {
    const { scheduler, started } = await firedTwice('allow');
    await using _ = scheduler;
    expect(started).toHaveLength(2);
  });

  test('starts what waits no more once it was stopped', async () => {
    const { scheduler, started, trigger } = await firedTwice('queue');
    await scheduler.stop();
    started[0]?.end();
    await settled();
    expect(started).toHaveLength(1);
    await expect(trigger.fire(3)).rejects.toMatchObject({ code: 'DP6202' });
  });

  test('gives a run the moment that was planned', async () => {
    const { clock, scheduler, started } = world();
    await using _ = scheduler;
    scheduler.register('hourly', cronTrigger('0 * * * *'), { run: 'file.yaml' });
    await scheduler.start();
    await passing(clock, HOUR);
    expect(started).toMatchObject([{ at: HOUR }]);
  });

  test('reports a run that cannot start, and tries the next firing', async () => {
    const errors: unknown[] = [];
    const refused = new Error('no such pipeline');
    const starts = vi.fn<RunStarter<string>['start']>().mockRejectedValue(refused);
    await using scheduler = createScheduler({
      project: { start: starts },
      onError: (error, name) => errors.push([name, error]),
    });
    const trigger = manualTrigger();
    scheduler.register('broken', trigger, { run: 'nothing.yaml' });
    await scheduler.start();
    await trigger.fire();
    await trigger.fire();
    expect(errors).toEqual([
      ['broken', refused],
      ['broken', refused],
    ]);
    expect(scheduler.list()[0]?.last).toMatchObject({ outcome: 'failed', error: refused });
  });

  test('warns the process of what goes wrong when nobody listens', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const refused = new Error('no such pipeline');
    await using scheduler = createScheduler<string>({
      project: { start: () => Promise.reject(refused) },
    });
    const trigger = manualTrigger();
    scheduler.register('broken', trigger, { run: 'nothing.yaml' });
    await scheduler.start();
    await trigger.fire();
    expect(warn).toHaveBeenCalledWith(refused);
    warn.mockRestore();
  });
});

describe('triggers', () => {
  test('may be of any kind', async () => {
    const { heard, scheduler } = world();
    await using _ = scheduler;
    const three: Trigger<number> = {
      start: async ({ fire, signal }) => {
        for (const n of [1, 2, 3]) await fire(n);
        signal.addEventListener('abort', () => heard.push('over'));
      },
    };
    scheduler.register('three', three, { topic: 'fired', data: (n) => n });
    await scheduler.start();
    await scheduler.stop();
    expect(heard).toEqual([1, 2, 3, 'over']);
  });

  test('listen when registered after the start, and no more when unregistered', async () => {
    const { clock, heard, scheduler } = world();
    await using _ = scheduler;
    await scheduler.start();
    scheduler.register('minutely', cronTrigger('* * * * *'), { topic: 'fired', data: () => 'x' });
    await vi.waitFor(() => expect(clock.armed.size).toBe(1));
    await passing(clock, 60_000);
    expect([await scheduler.unregister('minutely'), await scheduler.unregister('x')]).toEqual([
      true,
      false,
    ]);
    await passing(clock, 120_000);
    expect(heard).toEqual(['x']);
    expect(scheduler.list()).toEqual([]);
  });

  test('have names of their own, and targets that can be reached', () => {
    const { scheduler } = world();
    const trigger = manualTrigger();
    scheduler.register('a', trigger, { topic: 'fired' });
    const refused = expect.objectContaining({ code: 'DP6201' });
    expect(() => scheduler.register('a', trigger, { topic: 'fired' })).toThrow(refused);
    expect(() => createScheduler({}).register('a', trigger, { topic: 'x' })).toThrow(refused);
    const runless = createScheduler<string>({});
    expect(() => runless.register('a', trigger, { run: 'x.yaml' })).toThrow(refused);
  });

  test('start once, however often the scheduler is started', async () => {
    const { clock, scheduler } = world();
    await using _ = scheduler;
    scheduler.register('minutely', cronTrigger('* * * * *'), { topic: 'fired' });
    await Promise.all([scheduler.start(), scheduler.start()]);
    expect(clock.armed.size).toBe(1);
    await scheduler.stop();
    expect(clock.armed.size).toBe(0);
    await scheduler.start();
    expect(clock.armed.size).toBe(1);
  });

  test('do not listen when the scheduler is stopped while it starts', async () => {
    const { clock, scheduler } = world();
    for (const name of ['a', 'b', 'c'])
      scheduler.register(name, cronTrigger('* * * * *'), { topic: 'fired' });
    const starting = scheduler.start();
    await scheduler.stop();
    await starting;
    expect(clock.armed.size).toBe(0);
  });
});

test('topics and their data are typed', async () => {
  await using broker = createBroker<{ start: null; rows: number[] }>();
  const scheduler = createScheduler({ publisher: broker });
  const trigger = eventTrigger(broker, 'rows');
  expectTypeOf(trigger).toEqualTypeOf<Trigger<Event<number[]> & { readonly topic: 'rows' }>>();
  scheduler.register('a', trigger, { topic: 'start' });
  scheduler.register('b', trigger, { topic: 'rows', data: ({ data }) => data });
  // @ts-expect-error -- the topic is not declared
  scheduler.register('c', trigger, { topic: 'rwos', data: () => [1] });
  // @ts-expect-error -- the data is not that of the topic
  scheduler.register('d', trigger, { topic: 'rows', data: () => ['1'] });
  // @ts-expect-error -- without a project there are no runs
  expect(() => scheduler.register('e', trigger, { run: 'x.yaml' })).toThrow('project');
  expect(scheduler.list()).toHaveLength(4);
});

interface FakeRun extends StartedRun {
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly at: number | undefined;
  cancelled?: string;
  end(): void;
}

function world() {
  const clock = new HandClock();
  const heard: unknown[] = [];
  const started: FakeRun[] = [];
  const publisher: Publisher = { publish: (_topic, data) => void heard.push(data) };
  const project: RunStarter<string> = {
    start: async (_source, { params, at }) => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const run: FakeRun = {
        runId: `run-${started.length + 1}`,
        ended,
        end,
        params,
        at,
        cancel: (reason) => {
          run.cancelled = reason;
        },
      };
      started.push(run);
      return run;
    },
  };
  const scheduler = createScheduler({ publisher, project, clock });
  return { clock, heard, started, project, scheduler };
}

/** A trigger that starts runs has fired twice. */
async function firedTwice(overlap?: Overlap) {
  const made = world();
  const trigger = manualTrigger<number>();
  made.scheduler.register('runs', trigger, {
    run: 'file.yaml',
    params: (n) => ({ n }),
    ...(overlap && { overlap }),
  });
  await made.scheduler.start();
  await trigger.fire(1);
  await trigger.fire(2);
  return { ...made, trigger };
}

async function passing(clock: HandClock, ms: number): Promise<void> {
  clock.pass(ms);
  await settled();
}

const settled = (): Promise<void> => setImmediate();
