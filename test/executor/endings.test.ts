import { expect, test } from 'vitest';
import { Rig } from './rig.ts';

/** A neighbour that is at work in another thread while the other task comes to its end, and finishes after it. */
const NEIGHBOUR = `
import { arrive, until, note, notes } from './sync.ts';
export const neighbour = async () => { arrive('here'); await until('over'); return 'fine'; };
`;

const BOTH = `
tasks:
  neighbour: {}
  bad: { max_retries: 1, retry: { delay: 0 } }`;

interface Ending {
  readonly how: string;
  /** What the first attempt does; the second gives 'mended'. */
  readonly code: string;
  readonly reason: string;
  readonly error: object;
  readonly heapMiB?: number;
}

const ENDINGS: Ending[] = [
  {
    how: 'a thrown error',
    code: `throw new TypeError('no good')`,
    reason: 'failed',
    error: { name: 'TypeError', message: 'no good', line: 8 },
  },
  {
    how: 'a thrown value that is no Error',
    code: `throw { some: 'thing' }`,
    reason: 'failed',
    error: { name: 'NonError', message: expect.stringContaining(`{ some: 'thing' }`) },
  },
  {
    how: 'process.exit(9)',
    code: `process.exit(9)`,
    reason: 'crashed',
    error: { name: 'ProcessExit', exitCode: 9, code: 'DP6003' },
  },
  {
    how: 'process.exit(0)',
    code: `process.exit(0)`,
    reason: 'crashed',
    error: { name: 'ProcessExit', exitCode: 0 },
  },
  {
    how: 'a rejection that nobody handles',
    code: `Promise.reject(new RangeError('unseen')); await new Promise(() => {})`,
    reason: 'crashed',
    error: { name: 'RangeError', message: 'unseen', code: 'DP6003' },
  },
  {
    how: 'a callback that throws',
    code: `setImmediate(() => { throw new Error('from a callback') }); await new Promise(() => {})`,
    reason: 'crashed',
    error: { name: 'Error', message: 'from a callback', code: 'DP6003' },
  },
  {
    how: 'a callback that throws what is no Error',
    code: `setImmediate(() => { throw 'text' }); await new Promise(() => {})`,
    reason: 'crashed',
    error: { name: 'NonError', code: 'DP6003' },
  },
  {
    how: 'more memory than there is',
    code: `const all = []; for (;;) all.push(new Array(10_000).fill(all.length))`,
    reason: 'crashed',
    error: { name: 'OutOfMemory', code: 'DP6003' },
    heapMiB: 48,
  },
  {
    how: 'process.abort, which threads do not have',
    code: `process.abort()`,
    reason: 'failed',
    error: { name: 'TypeError', code: 'ERR_WORKER_UNSUPPORTED_OPERATION' },
  },
];

test.for(ENDINGS)('$how is distinguished, retried, and affects no other task', async (ending) => {
  using rig = new Rig(`${NEIGHBOUR}
    export const bad = async (_, { attempt }) => {
      await until('here');
      if (attempt === 2) { arrive('over'); return 'mended'; }
      ${ending.code};
    };`);
  const { heapMiB } = ending;
  const ran = await rig.run(BOTH, heapMiB === undefined ? {} : { heapMiB });
  const [retrying] = ran.data('run.task.retrying');
  expect(retrying).toMatchObject({ reason: ending.reason, error: ending.error });
  expect(ran.topics('bad')).toEqual(['ready', 'started', 'retrying', 'started', 'succeeded']);
  expect(await ran.output('bad')).toBe('mended');
  expect(await ran.output('neighbour')).toBe('fine');
  expect(ran.task('neighbour').attempts).toBe(1);
});

test('a task that never releases its thread is ended by its timeout and its grace period', async () => {
  using rig = new Rig(`${NEIGHBOUR}
    export const bad = async (_, { attempt }) => {
      await until('here');
      if (attempt > 1) { arrive('over'); return 'mended'; }
      console.log('on record');
      while (true) {}
    };`);
  const yaml = `
tasks:
  neighbour: {}
  bad: { timeout: 1, max_retries: 9, retry: { delay: 0 } }`;
  const ran = await rig.run(yaml, { graceMs: 20 });
  expect(ran.data('run.task.retrying')[0]).toMatchObject({
    reason: 'timed_out',
    error: { name: 'TimeoutError', code: 'DP6002' },
  });
  expect(ran.log('bad')).toBe('on record\n');
  expect(await ran.output('neighbour')).toBe('fine');
});

test('a timeout aborts the signal, and a task that minds it keeps its thread', async () => {
  using rig = new Rig(`
    import { threadId } from 'node:worker_threads';
    export const slow = async (_, { signal }) => {
      console.log(threadId);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      console.log(signal.reason.message);
      return 'too late';
    };
    export const after = () => threadId;`);
  const ran = await rig.run(
    `
tasks:
  slow: { timeout: 0.5 }
  after: { needs: [slow], trigger_rule: all_done }`,
    { jobs: 1, graceMs: 60_000 },
  );
  expect(ran.statuses).toEqual({ slow: 'timed_out', after: 'succeeded' });
  const [thread, reason] = ran.log('slow').split('\n');
  expect(reason).toBe('timed out');
  expect(await ran.output('after')).toBe(Number(thread));
});

const LEFT = [
  ['a rejection', `setImmediate(() => Promise.reject(new Error('left behind')))`],
  ['an error in a timer', `setImmediate(() => { throw new Error('left behind') })`],
  ['process.exit', `setImmediate(() => { process.exit(3) })`],
] as const;

test.for(LEFT)(
  '%s after its success affects neither the task nor the next one',
  async ([, code]) => {
    using rig = new Rig(`
    import { arrive, until } from './sync.ts';
    import { threadId } from 'node:worker_threads';
    export const first = async () => {
      until('second').then(() => { ${code}; setImmediate(() => arrive('done')); });
      return threadId;
    };
    export const second = async () => { arrive('second'); await until('done'); return threadId; };`);
    const ran = await rig.run(`tasks: { first: {}, second: { needs: [first] } }`, { jobs: 1 });
    expect(ran.statuses).toEqual({ first: 'succeeded', second: 'succeeded' });
    expect(ran.task('second').attempts).toBe(1);
    expect(await ran.output('second')).toBe(await ran.output('first'));
    expect(ran.log('first')).toMatch(
      /after its end: (Error: left behind|Fault: process\.exit\(3\))/,
    );
    expect(ran.log('second')).toBe('');
  },
);

test('timers that a task leaves running keep neither the run nor the thread', async () => {
  using rig = new Rig(`
    export const leaky = () => { setInterval(() => console.log('still here'), 1); };
    export const next = () => console.log('mine');`);
  const ran = await rig.run(`tasks: { leaky: {}, next: { needs: [leaky] } }`, { jobs: 1 });
  expect(ran.status).toBe('succeeded');
  expect(ran.log('next')).toBe('mine\n');
});

test('what a task says after its end is refused there', async () => {
  using rig = new Rig(`
    import { arrive, until } from './sync.ts';
    export const first = (_, ctx) => {
      until('second').then(() => { try { ctx.publish('data.late', 1); } catch (e) { console.log(e.message); } arrive('done'); });
    };
    export const second = async () => { arrive('second'); await until('done'); };`);
  const ran = await rig.run(`tasks: { first: {}, second: { needs: [first] } }`, { jobs: 1 });
  expect(ran.data('data.late')).toEqual([]);
  expect(ran.log('first')).toContain('has ended');
});

test('a module that does not load is the failure of its tasks only', async () => {
  using rig = new Rig(`throw new Error('at import');`);
  const ran = await rig.run(`tasks: { lost: {}, echo: { run: echo hello } }`);
  expect(ran.statuses).toEqual({ lost: 'failed', echo: 'succeeded' });
  expect(ran.task('lost').error?.message).toContain('at import');
});

test('a worker that cannot start is a fault of dp, and the run ends with it', async () => {
  using rig = new Rig();
  const run = rig.run(`tasks: { any: {} }`, { workerFile: '/no/such/worker.js' });
  await expect(run).rejects.toMatchObject({ code: 'DP9001' });
});

test('a result larger than the heap of its thread affects no other task', async () => {
  using rig = new Rig(`${NEIGHBOUR}
    export const bad = async () => {
      await until('here');
      setTimeout(() => arrive('over'), 0);
      const text = 'x'.repeat(10_000_000);
      return Array.from({ length: 10 }, () => text);
    };`);
  const ran = await rig.run(BOTH, { heapMiB: 48 });
  expect(ran.task('bad').output).toMatchObject({ is: 'value', bytes: expect.any(Number) });
  expect(await ran.output('neighbour')).toBe('fine');
  expect(ran.task('neighbour').attempts).toBe(1);
});

test.each(['thread', 'process'] as const)(
  'what cannot be looked at fails an attempt like any other error, on a %s',
  async (isolation) => {
    using rig = new Rig(`
      const refuse = () => { throw new Error('not to be looked at') };
      export const tries = (_, { attempt }) => {
        if (attempt === 3) return 'done';
        const { proxy, revoke } = Proxy.revocable({}, {});
        if (attempt === 1) revoke();
        throw attempt === 1 ? proxy : new Proxy(new Error('x'), { get: refuse, getPrototypeOf: refuse });
      };`);
    const settings = `isolation: ${isolation}, max_retries: 2, retry: { on: [failed], delay: 0 }`;
    const ran = await rig.run(`tasks: { tries: { ${settings} } }`);
    expect(await ran.output('tries')).toBe('done');
  },
);
