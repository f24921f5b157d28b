/** Functions in processes of their own: what each way to end does there, beside what it does on a thread. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { until } from '../waiting.ts';
import { isAlive, Rig } from './rig.ts';

/** How the first attempt ends; the second gives 'mended'. */
interface Defeat {
  readonly reason: 'failed' | 'crashed' | 'timed_out';
  readonly error: object;
}

interface Way {
  readonly how: string;
  readonly code: string;
  readonly settings?: string;
  readonly thread?: Defeat | 'succeeded';
  readonly process: Defeat | 'succeeded';
}

const everywhere = (expected: Defeat | 'succeeded'): Pick<Way, 'thread' | 'process'> => ({
  thread: expected,
  process: expected,
});

const WAYS: readonly Way[] = [
  {
    how: 'throws',
    code: `throw new TypeError('no good')`,
    ...everywhere({ reason: 'failed', error: { name: 'TypeError', message: 'no good', line: 6 } }),
  },
  {
    how: 'throws what is no Error',
    code: `throw { some: 'thing' }`,
    ...everywhere({ reason: 'failed', error: { name: 'NonError' } }),
  },
  {
    how: 'rejects later, unheard',
    code: `Promise.reject(new RangeError('unseen')); await new Promise(() => {})`,
    ...everywhere({ reason: 'crashed', error: { name: 'RangeError', code: 'DP6003' } }),
  },
  {
    how: 'throws in a callback',
    code: `setImmediate(() => { throw new Error('from a callback') }); await new Promise(() => {})`,
    ...everywhere({ reason: 'crashed', error: { message: 'from a callback', code: 'DP6003' } }),
  },
  {
    how: 'calls process.exit(9)',
    code: `process.exit(9)`,
    ...everywhere({ reason: 'crashed', error: { name: 'ProcessExit', exitCode: 9 } }),
  },
  {
    how: 'needs more heap than it may have',
    code: `const all = []; for (;;) all.push(new Array(10_000).fill(all.length))`,
    settings: 'memory: 128MiB',
    ...everywhere({ reason: 'crashed', error: { name: 'OutOfMemory', code: 'DP6003' } }),
  },
  {
    how: 'needs more memory than it may have, outside the heap',
    code: `const all = []; for (;;) { all.push(Buffer.alloc(1 << 20, 1)); await new Promise(setImmediate); }`,
    settings: 'memory: 256MiB',
    process: {
      reason: 'crashed',
      error: { name: 'OutOfMemory', message: expect.stringContaining('may use 256 MiB') },
    },
  },
  {
    how: 'calls process.abort()',
    code: `process.abort()`,
    thread: { reason: 'failed', error: { code: 'ERR_WORKER_UNSUPPORTED_OPERATION' } },
    process: { reason: 'crashed', error: { name: 'ProcessSignal', signal: 'SIGABRT' } },
  },
  {
    how: 'has a segmentation fault',
    code: `process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})`,
    process: { reason: 'crashed', error: { name: 'ProcessSignal', signal: 'SIGSEGV' } },
  },
  {
    how: 'never lets go',
    code: `while (true) {}`,
    settings: 'timeout: 1',
    ...everywhere({ reason: 'timed_out', error: { name: 'TimeoutError', code: 'DP6002' } }),
  },
  {
    how: 'is silent, and never lets go',
    code: `while (true) {}`,
    settings: 'heartbeat: 1',
    ...everywhere({ reason: 'timed_out', error: { name: 'TimeoutError', code: 'DP6012' } }),
  },
  {
    how: 'floods stdout with 50 MB',
    code: `for (let i = 0; i < 50; i++) process.stdout.write('x'.repeat(1e6)); return 'mended'`,
    ...everywhere('succeeded'),
  },
  {
    how: 'leaves a timer and a socket behind',
    code: `setInterval(() => {}, 1); (await import('node:net')).createServer().listen(0); return 'mended'`,
    ...everywhere('succeeded'),
  },
  {
    how: 'blocks for a second',
    code: `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); return 'mended'`,
    ...everywhere('succeeded'),
  },
];

const CASES = WAYS.flatMap(({ how, code, settings = 'priority: 0', ...expected }) =>
  (['thread', 'process'] as const).flatMap((isolation) => {
    const outcome = expected[isolation];
    return outcome === undefined ? [] : [{ how, code, settings, isolation, outcome }];
  }),
);

test.for(CASES)(
  'on a $isolation, a task that $how hurts nobody else',
  async ({ code, settings, isolation, outcome }) => {
    using rig = new Rig(`
import { arrive, until } from './sync.ts';
export const neighbour = async () => { arrive('here'); await until('over'); return 'fine'; };
const first = async (ctx) => {
  await until('here');
  ${code};
};
export const bad = async (_, ctx) => {
  const result = ctx.attempt === 1 ? await first(ctx) : 'mended';
  arrive('over');
  return result;
};`);
    const ran = await rig.run(
      `
tasks:
  neighbour: {}
  bad: { max_retries: 1, retry: { delay: 0 }, isolation: ${isolation}, ${settings} }`,
      { graceMs: 20 },
    );
    expect(ran.statuses).toEqual({ neighbour: 'succeeded', bad: 'succeeded' });
    const expected = outcome === 'succeeded' ? [] : [outcome];
    expect(ran.data('run.task.retrying')).toMatchObject(expected);
    expect(await ran.output('bad')).toBe('mended');
    expect(await ran.output('neighbour')).toBe('fine');
    expect(ran.task('neighbour').attempts).toBe(1);
    await noChildren();
  },
);

/** Settles when this process has no children (any more), where the system shows them. */
async function noChildren(): Promise<void> {
  const file = `/proc/${process.pid}/task/${process.pid}/children`;
  await until(() => !existsSync(file) || readFileSync(file, 'utf8') === '');
}

describe('a process of its own', () => {
  test('is kept for the next attempt that asks for the same, and for no other', async () => {
    using rig = new Rig(`
      export const a = () => process.pid;
      export const b = ({ a }) => [a, process.pid, process.cwd()];`);
    rig.write('data.txt', '');
    const ran = await rig.run(`
defaults: { isolation: process }
tasks:
  a: {}
  b: { needs: [a] }
  elsewhere: { task: b, inputs: { a: b }, cwd: /tmp }
  limited: { task: b, inputs: { a: b }, memory: 512MiB }`);
    const [first, second] = (await ran.output('b')) as number[];
    expect(second).toBe(first);
    const elsewhere = (await ran.output('elsewhere')) as unknown[];
    expect(elsewhere.slice(1)).toEqual([expect.any(Number), '/tmp']);
    const limited = (await ran.output('limited')) as number[];
    expect(new Set([first, elsewhere[1], limited[1]]).size).toBe(3);
    await noChildren();
  });

  test('sees the same environment as a thread, and no channel to dp', async () => {
    using rig = new Rig(`
      export const see = () => [Object.keys(process.env).sort(), process.send, process.cwd()];`);
    const ran = await rig.run(
      `
env: [SHOWN]
tasks:
  thread: { task: see }
  process: { task: see, isolation: process, memory: 512MiB }`,
      { env: { SHOWN: 'yes', HIDDEN: 'no' } },
    );
    expect(await ran.output('process')).toEqual(await ran.output('thread'));
  });

  test('has what native code and its own processes print in its log', async () => {
    using rig = new Rig(`
      import { execSync } from 'node:child_process';
      import { writeSync } from 'node:fs';
      export const say = () => {
        writeSync(1, 'past the stream\\n');
        execSync('echo from a child >&2', { stdio: 'inherit' });
        console.log('through it');
      };`);
    const ran = await rig.run(`tasks: { say: { isolation: process } }`);
    expect(ran.statuses).toEqual({ say: 'succeeded' });
    const lines = ran.log('say').trimEnd().split('\n').sort();
    expect(lines).toEqual(['from a child', 'past the stream', 'through it']);
  });

  test('takes the processes of its task with it', async () => {
    using rig = new Rig(`
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      import { join } from 'node:path';
      export const stuck = async () => {
        const { pid } = spawn('sleep', ['600'], { stdio: 'inherit' });
        writeFileSync(join(import.meta.dirname, 'pid'), String(pid));
        while (true) {}
      };`);
    const ran = await rig.run(`tasks: { stuck: { isolation: process, timeout: 0.5 } }`);
    expect(ran.statuses).toEqual({ stuck: 'timed_out' });
    const pid = Number(rig.read('pid'));
    await until(() => !isAlive(pid));
  });

  test('is asked to stop at a timeout, and stays when it does', async () => {
    using rig = new Rig(`
      export const slow = async (_, { signal }) => {
        console.log(process.pid);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        console.log(signal.reason.message);
      };
      export const after = () => process.pid;`);
    const ran = await rig.run(
      `
defaults: { isolation: process }
tasks:
  slow: { timeout: 0.5 }
  after: { needs: [slow], trigger_rule: all_done }`,
      { jobs: 1, graceMs: 60_000 },
    );
    expect(ran.statuses).toEqual({ slow: 'timed_out', after: 'succeeded' });
    const [pid, reason] = ran.log('slow').split('\n');
    expect(reason).toBe('timed out');
    expect(await ran.output('after')).toBe(Number(pid));
  });

  test('that cannot start in its folder fails its task and names the folder', async () => {
    using rig = new Rig(`export const any = () => 1;`);
    const ran = await rig.run(`tasks: { any: { isolation: process, cwd: no/such } }`);
    expect(ran.task('any')).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('there is no folder') },
    });
  });
});

test('lines on the descriptors of dp cost their attempt at most, and are in its log', async () => {
  using rig = new Rig(`
    import { writeSync } from 'node:fs';
    const says = (line) => { for (const fd of [4, 5, 6]) try { writeSync(fd, line); } catch {} };
    export const text = () => says('hello from a native library\\n');
    export const json = () => says('{"is":"silent"}\\nnull\\n[1]\\n{"is":"other","token":1}\\n');
    export const forged = () => { for (let token = 0; token < 20; token++) says('{"is":"silent","token":' + token + '}\\n'); };
    export const long = () => says('x'.repeat(1_000_000));
    export const good = () => 'good';`);
  const ran = await rig.run(`
defaults: { isolation: process, fail_safe: true }
tasks: { text: {}, json: {}, forged: {}, long: {}, good: {} }`);
  expect(ran.statuses).toMatchObject({ text: 'succeeded', json: 'succeeded', good: 'succeeded' });
  expect(ran.log('text')).toContain('hello from a native library');
});

test.each(['hello from a native library\\n', '\\0\\0\\0\\x05hello', 'dp1\\0\\x03\\0\\0\\0abc'])(
  '%j on the channel to dp costs the attempt, and nobody else',
  async (bytes) => {
    using rig = new Rig(`
    import { writeSync } from 'node:fs';
    export const bad = () => void writeSync(3, '${bytes}');
    export const good = () => 'good';`);
    const ran = await rig.run(`
defaults: { isolation: process, fail_safe: true }
tasks: { bad: {}, good: {} }`);
    expect(ran.statuses).toEqual({ bad: 'failed', good: 'succeeded' });
    expect(ran.task('bad').error?.message).toContain('wrote to descriptor 3');
  },
);
