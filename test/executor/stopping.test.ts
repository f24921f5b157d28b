import { describe, expect, test } from 'vitest';
import type { RunStore } from '../../src/store/run-store.ts';
import { isAlive, Rig } from './rig.ts';

const SYNC = `import { arrive, until } from './sync.ts';\n`;

describe('cancel', () => {
  test('starts nothing more, aborts what runs, and counts what still succeeds', async () => {
    using rig = new Rig(`${SYNC}
      export const minds = async (_, { signal }) => {
        arrive('minds');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return signal.reason.message;
      };
      export const gives_up = async (_, { signal }) => {
        arrive('gives_up');
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      };
      export const after = () => {};`);
    const started = await rig.start(
      `tasks: { minds: {}, gives_up: { max_retries: 5 }, after: { needs: [minds] }, idle: { run: 'true', needs: [gives_up] } }`,
      { graceMs: 60_000 },
    );
    await rig.until('minds');
    await rig.until('gives_up');
    started.handle.cancel('interrupted', 'drain');
    const ran = await started.ended;
    expect(ran.status).toBe('cancelled');
    expect(ran.statuses).toEqual({
      minds: 'succeeded',
      gives_up: 'cancelled',
      after: 'cancelled',
      idle: 'cancelled',
    });
    expect(ran.data('run.stopping')).toEqual([
      {
        reason: 'interrupted',
        why: { is: 'cancelled', words: 'interrupted' },
        graceMs: 60_000,
      },
    ]);
    expect(ran.data('run.cancelled')).toMatchObject([{ reason: 'interrupted' }]);
  });

  test('ends by force, after the grace period, work that ignores the stop', async () => {
    using rig = new Rig(`${SYNC}
      export const stuck = () => { arrive('stuck'); while (true) {} };`);
    rig.write('loop.sh', 'trap "" TERM; echo $$ > pid; while :; do sleep 0.01; done');
    const started = await rig.start(`tasks: { stuck: {}, loops: { run: sh loop.sh } }`, {
      graceMs: 50,
    });
    await rig.until('stuck');
    await rig.until('pid');
    started.handle.cancel('interrupted', 'drain');
    const ran = await started.ended;
    expect(ran.statuses).toEqual({ stuck: 'cancelled', loops: 'cancelled' });
    expect(isAlive(Number(rig.read('pid')))).toBe(false);
  });

  test('asks a command to end at once, and it has the whole grace to clean up', async () => {
    using rig = new Rig();
    const cleans = `trap 'sleep 0.1; echo cleaned > cleaned; exit 0' TERM; echo > ready; while :; do sleep 0.01; done`;
    const started = await rig.start(`tasks: { cleans: { run: "${cleans}" } }`, {
      graceMs: 3_600_000,
    });
    await rig.until('ready');
    started.handle.cancel('interrupted', 'drain');
    const ran = await started.ended;
    expect(rig.read('cleaned')).toBe('cleaned\n');
    // Exit code 0 of a command that was asked to end is not the success of its work.
    expect(ran.statuses).toEqual({ cleans: 'cancelled' });
  });

  test('a second one kills at once, whatever the grace', async () => {
    using rig = new Rig(`${SYNC}
      export const stuck = () => { arrive('stuck'); while (true) {} };`);
    const started = await rig.start(`tasks: { stuck: {} }`, { graceMs: 3_600_000 });
    await rig.until('stuck');
    started.handle.cancel('interrupted', 'drain');
    started.handle.cancel('interrupted again', 'kill');
    const ran = await started.ended;
    expect(ran.statuses).toEqual({ stuck: 'cancelled' });
  });

  test('does not wait for a retry that is due in an hour', async () => {
    using rig = new Rig(`export const bad = () => { throw new Error('bad') };`);
    const started = await rig.start(`
tasks: { bad: { max_retries: 1, retry: { delay: 3600, max_delay: 3600, jitter: none } } }`);
    while (!started.told.some(({ topic }) => topic === 'run.task.retrying'))
      await new Promise(setImmediate);
    started.handle.cancel('interrupted', 'drain');
    const ran = await started.ended;
    expect(ran.data('run.stopping')).toEqual([]);
    expect(ran.statuses).toEqual({ bad: 'cancelled' });
  });

  test('before anything began, cancels all of it', async () => {
    using rig = new Rig(`export const any = () => 1;`);
    const started = await rig.start(`tasks: { any: {}, next: { task: any, needs: [any] } }`);
    started.handle.cancel('changed my mind', 'drain');
    const ran = await started.ended;
    expect(ran.status).toBe('cancelled');
    expect(new Set(Object.values(ran.statuses))).toEqual(new Set(['cancelled']));
  });

  test('after the end, changes nothing', async () => {
    using rig = new Rig(`export const any = () => 1;`);
    const started = await rig.start(`tasks: { any: {} }`);
    const ran = await started.ended;
    started.handle.cancel('too late', 'kill');
    expect(ran.status).toBe('succeeded');
  });
});

test('a run that takes longer than its timeout fails, what runs is stopped', async () => {
  using rig = new Rig(`export const stuck = () => { while (true) {} };`);
  const ran = await rig.run(
    `timeout: 0.5\ntasks: { stuck: {}, next: { task: stuck, needs: [stuck] } }`,
    {
      graceMs: 10,
    },
  );
  expect(ran.ending).toEqual({ status: 'failed', timedOut: true, hookFailed: false });
  expect(ran.data('run.failed')).toMatchObject([{ error: { code: 'DP6005' } }]);
  expect(ran.statuses).toEqual({ stuck: 'cancelled', next: 'cancelled' });
});

/** Fails from the `nth` append on. */
const failing = (nth: number) => {
  let appends = 0;
  return (real: RunStore): RunStore =>
    new Proxy(real, {
      get(target, verb: keyof RunStore) {
        if (verb === 'append')
          return (...given: Parameters<RunStore['append']>) => {
            if (++appends >= nth)
              throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
            target.append(...given);
          };
        const member: unknown = target[verb];
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
};

describe('a state that cannot be written', () => {
  test.for([1, 2])(
    'ends the run with the fault, at write %i, and no process is left',
    async (nth) => {
      using rig = new Rig(
        `export const loops = () => { while (true) {} }; export const any = () => 1;`,
      );
      const unhandled: unknown[] = [];
      const hear = (error: unknown): number => unhandled.push(error);
      process.on('unhandledRejection', hear);
      try {
        const started = await rig.start(
          `tasks: { loops: {}, any: {}, sleeps: { run: 'echo $$ > pid; sleep 600' } }`,
          { store: failing(nth), jobs: 3 },
        );
        await expect(started.ended).rejects.toMatchObject({ code: 'ENOSPC' });
        await new Promise(setImmediate);
        const pid = rig.read('pid');
        expect(pid === undefined || !isAlive(Number(pid))).toBe(true);
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', hear);
      }
    },
  );

  test('an event that could not be recorded is not published', async () => {
    using rig = new Rig(`export const any = () => 1;`);
    const started = await rig.start(`tasks: { any: {} }`, { store: failing(2) });
    await expect(started.ended).rejects.toThrow('no space');
    expect(started.told.map(({ topic }) => topic)).not.toContain('run.task.succeeded');
  });
});
