import { describe, expect, test } from 'vitest';
import { Rig } from './rig.ts';

const SYNC = `import { arrive, until, note, notes } from './sync.ts';\n`;

describe('what starts when', () => {
  test('a task starts when its inputs are there, not when its level ends', async () => {
    using rig = new Rig(`${SYNC}
      export const quick = () => 'q';
      export const slow = () => until('behind');
      export const behind = () => arrive('behind');`);
    const yaml = `tasks: { quick: {}, slow: {}, behind: { needs: [quick] } }`;
    const ran = await rig.run(yaml);
    expect(ran.status).toBe('succeeded');
    expect(ran.at('run.task.started', 'behind')).toBeLessThan(ran.at('run.task.succeeded', 'slow'));
  });

  test('level by level, it waits for the last of its level', async () => {
    using rig = new Rig(`${SYNC}
      export const quick = () => 'q';
      export const slow = () => note('slow');
      export const behind = () => note('behind');`);
    const yaml = `tasks: { quick: {}, slow: {}, behind: { needs: [quick] } }`;
    const ran = await rig.run(yaml, { byLevel: true, jobs: 4 });
    const at = (topic: string, task: string): number => ran.at(topic, task);
    expect(at('run.task.succeeded', 'slow')).toBeLessThan(at('run.task.started', 'behind'));
    const levels = ran.events.filter(({ topic }) => topic.startsWith('run.level'));
    expect(levels.map(({ topic, data }) => [topic, (data as { level: number }).level])).toEqual([
      ['run.level.started', 0],
      ['run.level.completed', 0],
      ['run.level.started', 1],
      ['run.level.completed', 1],
    ]);
  });

  test('larger priorities go first, then what has the longest way before it', async () => {
    using rig = new Rig(`${SYNC}
      export const any = (_, { task }) => note(task);`);
    const ran = await rig.run(
      `
tasks:
  a: { task: any }
  b: { task: any }
  b2: { task: any, needs: [b] }
  c: { task: any }
  c2: { task: any, needs: [c] }
  c3: { task: any, needs: [c2] }
  d: { task: any, priority: 1 }`,
      { jobs: 1 },
    );
    expect(ran.status).toBe('succeeded');
    expect(rig.read('notes')?.split('\n').slice(0, 3)).toEqual([
      'd',
      'c',
      expect.stringMatching(/b|c2/),
    ]);
    expect(rig.read('notes')?.split('\n').at(-2)).toMatch(/a|b2|c3/);
  });
});

/** How many were at work at most, from notes of `+` and `-`. */
function most(notes = ''): number {
  let now = 0;
  let peak = 0;
  for (const sign of notes) {
    if (sign === '+') peak = Math.max(peak, ++now);
    else if (sign === '-') now--;
  }
  return peak;
}

const MANY = Array.from({ length: 24 }, (_, number) => `t${number}`);
const OVERLAPPING = `${SYNC}
  import { setTimeout } from 'node:timers/promises';
  export const work = async () => { note('+'); await setTimeout(3); note('-'); };`;

describe('limits', () => {
  test.for([1, 2, 3])('never more than -j %i at once, commands included', async (jobs) => {
    using rig = new Rig(OVERLAPPING);
    const tasks = MANY.map((name, number) =>
      number % 3 === 0
        ? `  ${name}: { run: 'echo + >> notes; echo - >> notes' }`
        : `  ${name}: { task: work }`,
    );
    const ran = await rig.run(`tasks:\n${tasks.join('\n')}`, { jobs });
    expect(ran.status).toBe('succeeded');
    expect(most(rig.read('notes'))).toBeLessThanOrEqual(jobs);
    expect(rig.read('notes')?.match(/\+/g)).toHaveLength(MANY.length);
  });

  test('all of -j are used', async () => {
    using rig = new Rig(`${SYNC}
      export const one = () => { arrive('one'); return until('three'); };
      export const two = () => { arrive('two'); return until('one'); };
      export const three = () => { arrive('three'); return until('two'); };`);
    const ran = await rig.run(`tasks: { one: {}, two: {}, three: {} }`, { jobs: 3 });
    expect(ran.status).toBe('succeeded');
  });

  test('a named pool admits as many as it says, failures and crashes included', async () => {
    using rig = new Rig(`${SYNC}
      export const left = () => { note('+'); arrive('left'); return until('right').then(() => note('-')); };
      export const right = () => { note('+'); arrive('right'); return until('left').then(() => note('-')); };
      export const work = async (_, { attempt, task }) => {
        note('+');
        for (let i = 0; i < 20; i++) await new Promise(setImmediate);
        note('-');
        if (task.endsWith('1') && attempt === 1) throw new Error('once');
        if (task.endsWith('2') && attempt === 1) process.exit(1);
      };`);
    const tasks = MANY.map(
      (name) => `  ${name}: { task: work, pool: db, max_retries: 1, retry: { delay: 0 } }`,
    );
    const pair = ['left', 'right'].map((name) => `  ${name}: { pool: db, priority: 1 }`);
    const yaml = `pools: { db: 2 }\ntasks:\n${[...pair, ...tasks].join('\n')}`;
    const ran = await rig.run(yaml, { jobs: 4 });
    expect(ran.status).toBe('succeeded');
    expect(most(rig.read('notes'))).toBe(2);
  });

  test('a task that cannot start gives its place in the pool back', async () => {
    using rig = new Rig(`export const fine = () => 'ran';`);
    const ran = await rig.run(`
pools: { db: 1 }
params: { list: { type: array, default: [] } }
tasks:
  bad: { run: 'echo \${params.list[3]}', pool: db, priority: 1 }
  fine: { pool: db }`);
    expect(ran.statuses).toEqual({ bad: 'failed', fine: 'succeeded' });
  });
});

describe('what becomes of the others', () => {
  const CODE = `
    export const good = () => 1;
    export const bad = () => { throw new Error('bad') };
    export const any = () => 'ran';`;

  test('fail_safe, upstream_failed, when and trigger rules', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`
params: { on: { type: boolean, default: false } }
tasks:
  good: {}
  bad: {}
  off: { task: any, when: '\${params.on}' }
  forgiven: { task: bad, fail_safe: true }
  after_bad: { task: any, needs: [bad] }
  far: { task: any, needs: [after_bad] }
  after_off: { task: any, needs: [off] }
  after_forgiven: { task: any, needs: [forgiven] }
  cleanup: { task: any, needs: [bad, good], trigger_rule: all_done }
  alarm: { task: any, needs: [bad, good], trigger_rule: one_failed }
  all_bad: { task: any, needs: [bad, good], trigger_rule: all_failed }
  partly: { task: any, needs: [off, good], trigger_rule: none_failed }
  by_value: { task: any, needs: [good], when: '\${tasks.good.output == 2}' }`);
    expect(ran.status).toBe('failed');
    expect(ran.statuses).toMatchObject({
      good: 'succeeded',
      bad: 'failed',
      off: 'skipped',
      forgiven: 'failed',
      after_bad: 'upstream_failed',
      far: 'upstream_failed',
      after_off: 'skipped',
      after_forgiven: 'succeeded',
      cleanup: 'succeeded',
      alarm: 'succeeded',
      partly: 'succeeded',
      by_value: 'skipped',
    });
    expect(ran.statuses['all_bad']).toMatch(/skipped|upstream_failed/);
    // Their events keep the facts beside the text.
    expect(ran.data('run.task.skipped')).toEqual(
      expect.arrayContaining([
        {
          reason: 'when: params.on is false',
          why: { is: 'condition_false', when: 'params.on' },
        },
        {
          reason: 'off skipped',
          why: {
            is: 'trigger_rule',
            rule: 'all_success',
            ended: 'skipped',
            tasks: ['off'],
            more: 0,
          },
        },
      ]),
    );
  });

  test('a failure that is forgiven does not fail the run', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { bad: { fail_safe: true }, any: { needs: [bad] } }`);
    expect(ran.status).toBe('succeeded');
  });

  test('a run fails by any task, not by its leaves alone', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { bad: {}, any: { needs: [bad], trigger_rule: all_done } }`);
    expect(ran.statuses).toEqual({ bad: 'failed', any: 'succeeded' });
    expect(ran.status).toBe('failed');
  });

  test('with stop, a failure starts nothing more, not even what was sent ahead', async () => {
    using rig = new Rig(`${SYNC}
      export const quick = () => {};
      export const bad = () => { throw new Error('bad') };`);
    const tasks = Array.from({ length: 3000 }, (_, number) =>
      number === 1000 ? `  t${number}: { task: bad }` : `  t${number}: { task: quick }`,
    );
    const ran = await rig.run(`tasks:\n${tasks.join('\n')}`, { onFailure: 'stop' });
    expect(ran.status).toBe('failed');
    const failedAt = ran.events.findIndex(({ topic }) => topic === 'run.task.failed');
    const after = ran.events.slice(failedAt).filter(({ topic }) => topic === 'run.task.started');
    expect(after.length).toBeLessThanOrEqual(2);
    expect(Object.values(ran.statuses)).toContain('cancelled');
  });
});

describe('retries', () => {
  test('come after their delay, and no more of them than allowed', async () => {
    using rig = new Rig(
      `export const bad = (_, { attempt }) => { throw new Error('no ' + attempt) };`,
    );
    const ran = await rig.run(`
tasks:
  bad: { max_retries: 3, retry: { delay: 0.01, backoff: exponential, factor: 2, jitter: none } }`);
    const retrying = ran.data('run.task.retrying') as { delayMs: number; error: object }[];
    expect(retrying.map(({ delayMs }) => delayMs)).toEqual([10, 20, 40]);
    expect(ran.task('bad')).toMatchObject({ attempts: 4, error: { message: 'no 4' } });
    const starts = ran.events.filter(({ topic }) => topic === 'run.task.started');
    for (const [number, { delayMs }] of retrying.entries())
      expect(starts[number + 1]!.time - starts[number]!.time).toBeGreaterThanOrEqual(delayMs - 1);
  });

  test('NonRetryableError fails at once, and retryAfter sets the delay', async () => {
    using rig = new Rig(`
      import { NonRetryableError } from 'dp';
      export const never = () => { throw new NonRetryableError('never') };
      export const soon = (_, { attempt }) => {
        if (attempt === 1) throw Object.assign(new Error('busy'), { retryAfter: 0.005 });
      };`);
    const ran = await rig.run(`
defaults: { max_retries: 5, retry: { delay: 3600 } }
tasks: { never: {}, soon: {} }`);
    expect(ran.task('never')).toMatchObject({ status: 'failed', attempts: 1 });
    expect(ran.task('soon')).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  test('a task that waits for its retry holds no slot', async () => {
    using rig = new Rig(`${SYNC}
      export const flaky = async (_, { attempt }) => { if (attempt === 1) throw new Error('again'); };
      export const other = () => {};`);
    const ran = await rig.run(
      `tasks: { flaky: { priority: 1, max_retries: 1, retry: { delay: 0.05, jitter: none } }, other: {} }`,
      { jobs: 1 },
    );
    const flaky = ran.events.findLastIndex(
      ({ topic, task }) => topic === 'run.task.started' && task === 'flaky',
    );
    expect(ran.at('run.task.succeeded', 'other')).toBeLessThan(flaky);
  });

  test('the idempotency key stays the same', async () => {
    using rig = new Rig(`export const again = (_, { attempt, key }) => {
        console.log(key);
        if (attempt < 3) throw new Error('again');
      };`);
    const ran = await rig.run(`tasks: { again: { max_retries: 2, retry: { delay: 0 } } }`);
    const keys = [1, 2, 3].map((attempt) => ran.log('again', attempt));
    expect(new Set(keys)).toEqual(new Set([`${ran.runId}/again\n`]));
  });
});
