import { describe, expect, test } from 'vitest';
import { Rig } from './rig.ts';

const SYNC = `import { arrive, until } from './sync.ts';\n`;
const forEver = `await new Promise(() => {})`;

describe('the time of a task in all', () => {
  test('ends the running attempt, and none follows', async () => {
    using rig = new Rig(`
      export const slow = async (_, { attempt }) => { if (attempt === 1) throw new Error('once'); ${forEver}; };`);
    const ran = await rig.run(`
tasks: { slow: { total_timeout: 3, max_retries: 5, retry: { delay: 0 } } }`);
    expect(ran.task('slow')).toMatchObject({
      status: 'timed_out',
      attempts: 2,
      error: {
        code: 'DP6010',
        message: 'did not end within its total timeout of 3 s, in 2 attempts',
      },
    });
  });

  test('is up at once when a retry would come too late, and keeps why', async () => {
    using rig = new Rig(`export const bad = () => { throw new Error('bad') };`);
    const ran = await rig.run(`
tasks: { bad: { total_timeout: 1h, max_retries: 1, retry: { delay: 2h, max_delay: 2h, jitter: none } } }`);
    expect(ran.task('bad')).toMatchObject({
      status: 'timed_out',
      attempts: 1,
      error: { code: 'DP6010', cause: { message: 'bad' } },
    });
  });

  test('ends the wait for another attempt', async () => {
    using rig = new Rig(`
      ${SYNC}
      export const bad = () => { throw new Error('bad') };
      export const holds = async () => { await until('given up'); };`);
    const started = await rig.start(
      `
tasks:
  bad: { priority: 1, total_timeout: 0.5, max_retries: 1, retry: { delay: 0 } }
  holds: {}`,
      { jobs: 1 },
    );
    // Its second attempt finds the only slot taken.
    while (!started.told.some(({ topic }) => topic === 'run.task.timed_out'))
      await new Promise(setImmediate);
    rig.write('given up', '');
    const ran = await started.ended;
    expect(ran.task('bad')).toMatchObject({ status: 'timed_out', attempts: 1 });
    expect(ran.task('holds').status).toBe('succeeded');
  });

  test('is up even before the thread of the attempt has started', async () => {
    using rig = new Rig(`export const never = () => new Promise(() => {});`);
    const ran = await rig.run(`tasks: { never: { total_timeout: 1ms, max_retries: 3 } }`, {
      graceMs: 0,
    });
    expect(ran.statuses).toEqual({ never: 'timed_out' });
  });

  test('is each element’s own', async () => {
    using rig = new Rig(`
      export const slow = async ({ n }) => { if (n === 1) ${forEver}; return n; };`);
    const ran = await rig.run(`
tasks: { slow: { map: { over: "\${[0, 1, 2]}", as: n }, total_timeout: 2, max_retries: 3 } }`);
    expect(ran.task('slow').elements?.map(({ status }) => status)).toEqual([
      'succeeded',
      'timed_out',
      'succeeded',
    ]);
  });
});

describe('the time to wait for a slot', () => {
  test('ends a task that never began; the others continue', async () => {
    using rig = new Rig(`
      ${SYNC}
      export const holds = async () => { await until('given up'); };
      export const waits = () => 1;
      export const after = ({ waits }) => waits ?? 'nothing';`);
    const started = await rig.start(
      `
pools: { one: 1 }
tasks:
  holds: { pool: one, priority: 1 }
  waits: { pool: one, queue_timeout: 0.3, max_retries: 3 }
  also: { task: waits, pool: one }
  after: { needs: [waits], trigger_rule: all_done }`,
    );
    while (!started.told.some(({ topic }) => topic === 'run.task.timed_out'))
      await new Promise(setImmediate);
    rig.write('given up', '');
    const ran = await started.ended;
    expect(ran.task('waits')).toMatchObject({
      status: 'timed_out',
      attempts: 0,
      error: { code: 'DP6011', message: 'waited 0.3 s for a slot, which is its queue timeout' },
    });
    expect(ran.topics('waits')).toEqual(['ready', 'timed_out']);
    expect(ran.statuses).toMatchObject({ also: 'succeeded', after: 'succeeded' });
  });

  test('does not count what comes after the start', async () => {
    using rig = new Rig(`
      export const bad = (_, { attempt }) => { if (attempt < 3) throw new Error('bad'); return attempt; };`);
    const ran = await rig.run(`
tasks: { bad: { queue_timeout: 5, max_retries: 3, retry: { delay: 0 } } }`);
    expect(ran.task('bad')).toMatchObject({ status: 'succeeded', attempts: 3 });
  });
});

test.for(['thread', 'process'])(
  'on a %s, every kind of sign of life keeps an attempt alive',
  async (isolation) => {
    using rig = new Rig(`
      const steps = async function* () { for (let i = 0; i < 12; i++) { yield i; await new Promise((next) => setTimeout(next, 100)); } };
      const often = async (act) => { for await (const i of steps()) act(i); return 'alive'; };
      export const beats = (_, ctx) => often(() => ctx.heartbeat());
      export const tells = (_, ctx) => often((i) => ctx.progress(i));
      export const logs = (_, { log }) => often((i) => log.info('at ' + i));
      export const prints = () => often((i) => console.log(i));
      export const yields = () => steps();
      export const silent = () => often(() => {});`);
    const ran = await rig.run(
      `
defaults: { heartbeat: 0.8, isolation: ${isolation} }
tasks: { beats: {}, tells: {}, logs: {}, prints: {}, yields: { stream_output: true }, silent: {} }`,
      { jobs: 6 },
    );
    const { silent, ...others } = ran.statuses;
    expect(new Set(Object.values(others))).toEqual(new Set(['succeeded']));
    expect(silent).toBe('timed_out');
  },
);

test('no attempt is timed out because this thread was too busy to listen', async () => {
  using rig = new Rig(`
    ${SYNC}
    export const beats = async (_, ctx) => {
      arrive('here');
      const end = performance.now() + 1500;
      while (performance.now() < end) { ctx.heartbeat(); await new Promise(setImmediate); }
      return 'alive';
    };`);
  const started = await rig.start(`tasks: { beats: { heartbeat: 0.5 } }`);
  await rig.until('here');
  const end = performance.now() + 1200;
  while (performance.now() < end);
  expect(await (await started.ended).output('beats')).toBe('alive');
});

describe('retries by reason', () => {
  test.for([
    ['failed', `throw new Error('bad')`],
    ['crashed', `process.exit(3)`],
    ['timed_out', forEver],
  ] as const)('%s is tried again where the policy names it', async ([reason, code]) => {
    using rig = new Rig(`
      export const bad = async (_, { attempt }) => { if (attempt === 1) ${code}; return attempt; };`);
    const others = ['failed', 'timed_out', 'crashed'].filter((other) => other !== reason);
    const ran = await rig.run(
      `
defaults: { timeout: 1, max_retries: 1 }
tasks:
  named: { task: bad, retry: { delay: 0, on: ${reason} } }
  not_named: { task: bad, retry: { delay: 0, on: [${others.join(', ')}] } }`,
      { graceMs: 20 },
    );
    expect(ran.task('named')).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect(ran.task('not_named')).toMatchObject({ attempts: 1, reason });
  });
});
