/** Tasks that run when all others have their outcome. */
import { describe, expect, test } from 'vitest';
import { taskReasonText } from '../../src/views/reasons.ts';
import { Rig } from './rig.ts';

const CODE = `
import { arrive, until } from './sync.ts';
export const works = () => 1;
export const fails = () => { throw new Error('no'); };
export const seen = ({ run }: { run: unknown }) => run;
export const patient = (_: unknown, ctx: { signal: AbortSignal }) => {
  arrive('patient is there');
  return new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve('told'), { once: true }));
};
export const stuck = () => { arrive('stuck is there'); while (true) {} };
`;
const SEEN = `with: { run: { status: "\${run.status}", failed: "\${run.failed}", a: "\${tasks.a.status}" } }`;
const HOOKS = `hooks:
  on_success: { good: { task: seen, ${SEEN} } }
  on_failure: { bad: { task: seen, ${SEEN} } }
  on_finish: { last: { task: seen, ${SEEN} } }
`;

describe('which hooks run, and what they see', () => {
  test('after a success', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { a: { task: works } }\n${HOOKS}`, { jobs: 1 });
    expect(ran.statuses).toEqual({
      a: 'succeeded',
      good: 'succeeded',
      bad: 'skipped',
      last: 'succeeded',
    });
    expect(await ran.output('good')).toEqual({ status: 'succeeded', failed: [], a: 'succeeded' });
    expect(taskReasonText(ran.task('bad'))).toBe('on_failure: the run succeeded');
    expect(Object.fromEntries(ran.record.hooks)).toEqual({
      good: 'on_success',
      bad: 'on_failure',
      last: 'on_finish',
    });
  });

  test('after a failure, on_failure before on_finish', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { a: { task: fails }, b: { task: works } }\n${HOOKS}`);
    expect(ran.statuses).toMatchObject({ a: 'failed', good: 'skipped', bad: 'succeeded' });
    expect(await ran.output('bad')).toEqual({ status: 'failed', failed: ['a'], a: 'failed' });
    expect(ran.at('run.task.started', 'last')).toBeGreaterThan(ran.at('run.task.succeeded', 'bad'));
    expect(ran.status).toBe('failed');
  });

  test('a failure that is fail_safe fails neither the run nor calls on_failure', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { a: { task: fails, fail_safe: true } }\n${HOOKS}`);
    expect(await ran.output('good')).toEqual({ status: 'succeeded', failed: [], a: 'failed' });
  });

  test('with --on-failure stop, what was not reached is cancelled first', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(
      `tasks: { a: { task: fails, priority: 9 }, b: { task: works } }\n${HOOKS}`,
      { jobs: 1, onFailure: 'stop' },
    );
    expect(ran.statuses).toMatchObject({ a: 'failed', b: 'cancelled', bad: 'succeeded' });
    expect(ran.at('run.task.cancelled', 'b')).toBeLessThan(ran.at('run.task.started', 'bad'));
  });

  test('by level, too, the hooks come last and once', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(
      `tasks: { a: { task: fails, priority: 9 }, b: { task: works }, c: { task: works, needs: [b] }, d: { task: works, needs: [c] } }\n${HOOKS}`,
      { jobs: 1, onFailure: 'stop', byLevel: true },
    );
    expect(ran.statuses).toMatchObject({ b: 'cancelled', c: 'cancelled', d: 'cancelled' });
    expect(ran.topics('last')).toEqual(['ready', 'started', 'succeeded']);
  });
});

describe('a run that is ended early', () => {
  test('cancelled: neither succeeded nor failed, so only on_finish runs', async () => {
    using rig = new Rig(CODE);
    const started = await rig.start(
      `tasks: { a: { task: patient }, b: { task: works, needs: [a] } }\n${HOOKS}`,
      { graceMs: 20_000 },
    );
    await rig.until('patient is there');
    started.handle.cancel('enough', 'drain');
    const ran = await started.ended;
    expect(ran.status).toBe('cancelled');
    expect(ran.statuses).toEqual({
      a: 'succeeded',
      b: 'cancelled',
      good: 'skipped',
      bad: 'skipped',
      last: 'succeeded',
    });
    expect(await ran.output('last')).toMatchObject({ status: 'cancelled' });
    expect(ran.data('run.cancelled')).toMatchObject([{ reason: 'enough' }]);
  });

  test('cancelled while its last task ran, which then succeeded: the run has succeeded', async () => {
    using rig = new Rig(CODE);
    const started = await rig.start(`tasks: { a: { task: patient } }\n${HOOKS}`, {
      graceMs: 20_000,
    });
    await rig.until('patient is there');
    started.handle.cancel('enough', 'drain');
    const ran = await started.ended;
    expect(ran.statuses).toMatchObject({ good: 'succeeded', last: 'succeeded' });
    expect(ran.status).toBe('succeeded');
  });

  test('killed: no hook runs', async () => {
    using rig = new Rig(CODE);
    const started = await rig.start(`tasks: { a: { task: stuck } }\n${HOOKS}`);
    await rig.until('stuck is there');
    started.handle.cancel('enough', 'kill');
    const ran = await started.ended;
    expect(new Set(Object.values(ran.statuses))).toEqual(new Set(['cancelled']));
    expect(ran.status).toBe('cancelled');
  });

  test('a hook of a cancelled run that takes longer than the grace is killed', async () => {
    using rig = new Rig(CODE);
    const started = await rig.start(
      `tasks: { a: { task: patient }, b: { task: works, needs: [a] } }\nhooks: { on_finish: { last: { task: stuck } } }`,
      { graceMs: 50 },
    );
    await rig.until('patient is there');
    started.handle.cancel('enough', 'drain');
    const ran = await started.ended;
    expect(ran.statuses).toMatchObject({ last: 'cancelled' });
    expect(ran.status).toBe('cancelled');
  });

  test('a run that timed out has failed, and its hooks are not its time', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`timeout: 0.5\ntasks: { a: { task: patient } }\n${HOOKS}`, {
      graceMs: 20_000,
    });
    expect(ran.ending).toEqual({ status: 'failed', timedOut: true, hookFailed: false });
    expect(await ran.output('bad')).toMatchObject({ status: 'failed', failed: [] });
  });
});

describe('a hook that fails', () => {
  test('is retried and reported, and does not affect the outcome of the run or the other hooks', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(
      `tasks: { a: { task: works } }\nhooks: { on_success: { good: { task: fails, max_retries: 1, retry: { delay: 0 } } }, on_finish: { last: { task: works } } }`,
      { onFailure: 'stop' },
    );
    expect(ran.ending).toEqual({ status: 'succeeded', timedOut: false, hookFailed: true });
    expect(ran.topics('good')).toEqual(['ready', 'started', 'retrying', 'started', 'failed']);
    expect(ran.task('last').status).toBe('succeeded');
    expect(ran.data('run.succeeded')).toMatchObject([{ totals: { succeeded: 1, failed: 0 } }]);
  });

  test('says nothing when it is fail_safe', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(
      `tasks: { a: { task: works } }\nhooks: { on_finish: { last: { task: fails, fail_safe: true } } }`,
    );
    expect(ran.ending.hookFailed).toBe(false);
  });
});

test('a hook reads what tasks gave, may be a command, have a condition, and run over a list', async () => {
  using rig = new Rig(`export const list = () => [1, 2]; export const twice = ({ n }) => 2 * n;`);
  const ran = await rig.run(`tasks: { list: {} }
hooks:
  on_finish:
    each: { task: twice, map: { over: "\${tasks.list.output}", as: n } }
    says: { run: 'echo \${run.status}' }
    never: { run: 'false', when: "\${run.status == 'failed'}" }
`);
  expect(await ran.output('each')).toEqual([2, 4]);
  expect(await ran.output('says')).toMatchObject({ stdout: 'succeeded\n' });
  expect(ran.task('never').status).toBe('skipped');
});
