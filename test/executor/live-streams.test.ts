import { describe, expect, test } from 'vitest';
import { Rig, type RigOptions } from './rig.ts';

const SYNC = `import { arrive, until, note, notes } from './sync.ts';\n`;

/** Reads to the end. */
const READ = `const all = async (items) => { const read = []; for await (const item of items) read.push(item); return read; };\n`;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a consumer of a stream', () => {
  test('reads the first item before the producer has yielded the last', async () => {
    using rig = new Rig(`${SYNC}
      export async function* numbers() { yield 1; await until('seen'); yield 2; }
      export const reader = async ({ numbers }) => {
        const read = [];
        for await (const n of numbers) { read.push(n); arrive('seen'); }
        return read;
      };`);
    const ran = await rig.run(
      `tasks: { numbers: { stream_output: true }, reader: { needs: [numbers] } }`,
    );
    expect(ran.statuses).toEqual({ numbers: 'succeeded', reader: 'succeeded' });
    expect(await ran.output('reader')).toEqual([1, 2]);
    expect(ran.at('run.task.started', 'reader')).toBeLessThan(
      ran.at('run.task.succeeded', 'numbers'),
    );
    expect(ran.at('run.task.succeeded', 'numbers')).toBeLessThan(
      ran.at('run.task.succeeded', 'reader'),
    );
    expect(ran.topics('reader')).toEqual(['ready', 'started', 'succeeded']);
    const [, done] = ran.data('run.task.succeeded') as { key: string | null }[];
    expect(done?.key).toMatch(/^[0-9a-f]{64}$/);
  });

  test('holds the producer back, a bounded number of items behind it', async () => {
    using rig = new Rig(`${SYNC}
      import { setImmediate } from 'node:timers/promises';
      export async function* numbers() {
        for (let n = 0; n < 20_000; n++) {
          if (n % 100 === 0) note('made ' + n);
          yield n;
          if (n === 0) await until('reading');
        }
      }
      export const slow = async ({ numbers }) => {
        let count = 0;
        for await (const n of numbers) {
          if (n === 0) arrive('reading');
          if (n !== count++) throw new Error('out of order');
          if (n % 100 !== 0) continue;
          note('read ' + n);
          for (let turn = 0; turn < 20; turn++) await setImmediate();
        }
        return count;
      };`);
    const ran = await rig.run(
      `tasks: { numbers: { stream_output: true }, slow: { needs: [numbers] } }`,
    );
    expect(await ran.output('slow')).toBe(20_000);
    let [made, read, lead] = [0, 0, 0];
    for (const line of rig.read('notes')!.trim().split('\n')) {
      const [what, n] = line.split(' ');
      if (what === 'made') made = Number(n);
      else read = Number(n);
      lead = Math.max(lead, made - read);
    }
    expect(lead).toBeGreaterThan(100);
    // 1,024, and what the notes and the reader's reports leave open.
    expect(lead).toBeLessThan(1_400);
  });

  test('and another one, each at its own pace, get every item in order', async () => {
    using rig = new Rig(`${SYNC}${READ}
      import { setImmediate } from 'node:timers/promises';
      export async function* numbers() { for (let n = 0; n < 10_000; n++) { yield n; if (n % 1000 === 0) await setImmediate(); } }
      export const quick = ({ numbers }) => all(numbers);
      export const slow = async ({ numbers }) => {
        const read = [];
        for await (const n of numbers) { read.push(n); if (n % 50 === 0) await setImmediate(); }
        return read;
      };`);
    const ran = await rig.run(
      `
tasks:
  numbers: { stream_output: true }
  quick: { needs: [numbers] }
  slow: { needs: [numbers] }`,
      { jobs: 3 },
    );
    expect(await ran.output('quick')).toEqual(upTo(10_000));
    expect(await ran.output('slow')).toEqual(upTo(10_000));
  });

  test('may stop early: it no longer counts, and its success is reported after that of the producer', async () => {
    using rig = new Rig(`${SYNC}
      export async function* numbers() {
        for (let n = 0; n < 10; n++) yield n;
        await until('stopped');
        for (let n = 10; n < 5_000; n++) yield n;
      }
      export const first = async ({ numbers }) => {
        const read = [];
        for await (const n of numbers) { read.push(n); if (read.length === 10) break; }
        arrive('stopped');
        return read;
      };`);
    const ran = await rig.run(
      `tasks: { numbers: { stream_output: true }, first: { needs: [numbers] } }`,
    );
    expect(await ran.output('first')).toEqual(upTo(10));
    expect(ran.task('numbers').output).toMatchObject({ items: 5_000 });
    expect(ran.at('run.task.succeeded', 'numbers')).toBeLessThan(
      ran.at('run.task.succeeded', 'first'),
    );
  });

  test('may go through it several times', async () => {
    using rig = new Rig(`${SYNC}${READ}
      export async function* numbers() {
        yield 0; yield 1;
        await until('twice');
        yield 2;
      }
      export const reader = async ({ numbers }) => {
        for (let time = 0; time < 2; time++)
          for await (const n of numbers) if (n === 1) break;
        arrive('twice');
        return [await all(numbers), await all(numbers)];
      };`);
    const ran = await rig.run(
      `tasks: { numbers: { stream_output: true }, reader: { needs: [numbers] } }`,
    );
    expect(await ran.output('reader')).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  test('waits as ever when it needs more than the stream', async () => {
    using rig = new Rig(`${SYNC}${READ}
      export async function* numbers() { yield 1; await until('live'); yield 2; }
      export const live = async ({ numbers }) => { for await (const _ of numbers) arrive('live'); };
      export const any = ({ numbers }) => 'any';`);
    const ran = await rig.run(
      `
tasks:
  numbers: { stream_output: true }
  live: { needs: [numbers] }
  cached: { task: any, needs: [numbers], cache: true }
  mentions: { task: any, needs: [numbers], when: '\${tasks.numbers.status == "succeeded"}' }
  rule: { task: any, needs: [numbers], trigger_rule: all_done }`,
      { jobs: 5 },
    );
    expect(ran.status).toBe('succeeded');
    expect(ran.at('run.task.started', 'live')).toBeLessThan(
      ran.at('run.task.succeeded', 'numbers'),
    );
    for (const name of ['cached', 'mentions', 'rule'])
      expect(ran.at('run.task.succeeded', 'numbers')).toBeLessThan(
        ran.at('run.task.started', name),
      );
  });
});

describe('two streams', () => {
  test('read in opposite orders by two consumers, one after the other, come to their ends', async () => {
    using rig = new Rig(`${SYNC}${READ}
      const both = async (one, other) => (await all(one)).length + (await all(other)).length;
      export async function* left() { for (let n = 0; n < 30_000; n++) yield n; }
      export async function* right() { for (let n = 0; n < 30_000; n++) yield n; }
      export const left_first = ({ left, right }) => both(left, right);
      export const right_first = ({ left, right }) => both(right, left);`);
    const ran = await rig.run(
      `
tasks:
  left: { stream_output: true }
  right: { stream_output: true }
  left_first: { needs: [left, right] }
  right_first: { needs: [left, right] }`,
      { jobs: 4 },
    );
    expect(await ran.output('left_first')).toBe(60_000);
    expect(await ran.output('right_first')).toBe(60_000);
  });

  test('read alternately, though one of them is held back by the other', async () => {
    using rig = new Rig(`${SYNC}
      export async function* source() { for (let n = 0; n < 20_000; n++) yield n; }
      export async function* even({ source }) { for await (const n of source) if (n % 2 === 0) yield n; }
      export const merge = async ({ source, even }) => {
        const doubles = even[Symbol.asyncIterator]();
        let equal = 0;
        for await (const n of source) {
          if (n < 10_000) continue;
          const { value, done } = await doubles.next();
          if (!done && value === (n - 10_000) * 2) equal++;
        }
        return equal;
      };`);
    const ran = await rig.run(
      `
tasks:
  source: { stream_output: true }
  even: { stream_output: true, needs: [source] }
  merge: { needs: [source, even] }`,
      { jobs: 3 },
    );
    expect(ran.statuses).toEqual({ source: 'succeeded', even: 'succeeded', merge: 'succeeded' });
    expect(await ran.output('merge')).toBe(10_000);
  });
});

const FAILS: readonly (readonly [string, string, string])[] = [
  ['throws', `throw new Error('midway')`, 'failed'],
  ['ends its thread', `process.exit(3)`, 'crashed'],
  ['never ends', `await new Promise(() => {})`, 'timed_out'],
];

describe('a producer that breaks off', () => {
  test.for(FAILS)('%s: its readers end upstream_failed, whatever they did', async ([, code]) => {
    using rig = new Rig(`${SYNC}${READ}
      export async function* numbers() {
        yield 1; yield 2;
        await until('reads'); await until('stopped');
        ${code};
      }
      export const reads = async ({ numbers }) => { for await (const n of numbers) arrive('reads'); return 'all'; };
      export const stops = async ({ numbers }) => { for await (const n of numbers) break; arrive('stopped'); return 'first'; };
      export const after = () => 1;`);
    const ran = await rig.run(
      `
tasks:
  numbers: { stream_output: true, timeout: 4 }
  reads: { needs: [numbers], max_retries: 3 }
  stops: { needs: [numbers], max_retries: 3 }
  after: { needs: [reads] }`,
      { jobs: 3 },
    );
    expect(ran.status).toBe('failed');
    expect(ran.statuses).toMatchObject({
      reads: 'upstream_failed',
      stops: 'upstream_failed',
      after: 'upstream_failed',
    });
    expect(ran.topics('reads')).toEqual(['ready', 'started', 'upstream_failed']);
    expect(ran.topics('stops')).toEqual(['ready', 'started', 'upstream_failed']);
    expect(await Array.fromAsync(rig.io.list(ran.runId, 'numbers'))).toEqual([]);
  });

  test.for(FAILS)(
    '%s, and is tried again: its readers get every item once',
    async ([, code, reason]) => {
      using rig = new Rig(`${SYNC}${READ}
      export async function* numbers(_, { attempt }) {
        for (let n = 0; n < 100; n++) {
          yield n;
          if (n === 50 && attempt === 1) { await until('reads'); await until('stopped'); ${code}; }
        }
      }
      export const reads = async ({ numbers }) => {
        const read = [];
        for await (const n of numbers) { read.push(n); if (n === 50) arrive('reads'); }
        return read;
      };
      export const stops = async ({ numbers }) => { for await (const n of numbers) break; arrive('stopped'); return 'first'; };`);
      const ran = await rig.run(
        `
tasks:
  numbers: { stream_output: true, timeout: 4, max_retries: 1, retry: { delay: 0 } }
  reads: { needs: [numbers] }
  stops: { needs: [numbers] }`,
        { jobs: 3 },
      );
      expect(ran.statuses).toEqual({
        numbers: 'succeeded',
        reads: 'succeeded',
        stops: 'succeeded',
      });
      expect(await ran.output('reads')).toEqual(upTo(100));
      const retries = ran.events.filter(({ topic }) => topic === 'run.task.retrying');
      expect(retries.map(({ task, data }) => [task, (data as { reason: string }).reason])).toEqual(
        expect.arrayContaining([
          ['numbers', reason],
          ['reads', 'upstream_failed'],
          ['stops', 'upstream_failed'],
        ]),
      );
      for (const name of ['reads', 'stops'])
        expect(ran.topics(name)).toEqual(['ready', 'started', 'retrying', 'started', 'succeeded']);
    },
  );

  test('but may fail: its reader starts anew without it', async () => {
    using rig = new Rig(`${SYNC}
      export async function* numbers() { yield 1; await until('reads'); throw new Error('midway'); }
      export const reads = async ({ numbers }) => {
        if (numbers === undefined) return 'nothing to read';
        for await (const n of numbers) arrive('reads');
      };`);
    const ran = await rig.run(
      `tasks: { numbers: { stream_output: true, fail_safe: true }, reads: { needs: [numbers] } }`,
    );
    expect(ran.statuses).toEqual({ numbers: 'failed', reads: 'succeeded' });
    expect(await ran.output('reads')).toBe('nothing to read');
  });

  test('breaks a whole chain, which then runs again as a whole', async () => {
    using rig = new Rig(`${SYNC}${READ}
      export async function* source(_, { attempt }) {
        for (let n = 0; n < 10; n++) yield n;
        await until('end');
        if (attempt === 1) throw new Error('midway');
      }
      export async function* middle({ source }) { for await (const n of source) yield n * 2; }
      export const end = async ({ middle }) => {
        const read = [];
        for await (const n of middle) { read.push(n); if (n === 18) arrive('end'); }
        return read;
      };`);
    const ran = await rig.run(
      `
tasks:
  source: { stream_output: true, max_retries: 1, retry: { delay: 0 } }
  middle: { stream_output: true, needs: [source] }
  end: { needs: [middle] }`,
      { jobs: 3 },
    );
    expect(ran.status).toBe('succeeded');
    expect(await ran.output('end')).toEqual(upTo(10).map((n) => n * 2));
    expect(ran.task('end').attempts).toBe(2);
  });

  test('turns out to give no stream at all: its reader starts anew with what it gave', async () => {
    using rig = new Rig(`${SYNC}
      export const value = async () => { await until('reads'); return 42; };
      export const reads = async ({ value }) => {
        arrive('reads');
        if (typeof value === 'number') return value;
        for await (const item of value) throw new Error('an item of nothing');
      };`);
    const ran = await rig.run(
      `tasks: { value: { stream_output: true }, reads: { needs: [value] } }`,
    );
    expect(await ran.output('reads')).toBe(42);
  });
});

describe('a consumer that fails', () => {
  const CRASHES: readonly (readonly [string, string, string])[] = [
    ['throws', `throw new Error('no')`, 'failed'],
    ['ends its thread', `process.exit(3)`, 'crashed'],
  ];

  test.for(CRASHES)(
    '%s, is tried again from the first item, while the producer continues',
    async ([, code, reason]) => {
      using rig = new Rig(`${SYNC}
      export async function* numbers() { yield 0; yield 1; await until('again'); yield 2; }
      export const reads = async ({ numbers }, { attempt }) => {
        const read = [];
        for await (const n of numbers) {
          read.push(n);
          if (n !== 1) continue;
          if (attempt === 1) { ${code} }
          arrive('again');
        }
        return read;
      };`);
      const ran = await rig.run(
        `tasks: { numbers: { stream_output: true }, reads: { needs: [numbers], max_retries: 1, retry: { delay: 0 } } }`,
      );
      expect(ran.status).toBe('succeeded');
      expect(await ran.output('reads')).toEqual([0, 1, 2]);
      expect(ran.task('numbers').attempts).toBe(1);
      expect(ran.data('run.task.retrying')).toMatchObject([{ reason }]);
    },
  );

  test('for good, leaves the producer and the other reader alone', async () => {
    using rig = new Rig(`${SYNC}${READ}
      export async function* numbers() { for (let n = 0; n < 5_000; n++) { yield n; if (n === 10) await until('failed'); } }
      export const fails = async ({ numbers }) => { for await (const n of numbers) if (n === 10) { arrive('failed'); throw new Error('no'); } };
      export const reads = ({ numbers }) => all(numbers);`);
    const ran = await rig.run(
      `
tasks:
  numbers: { stream_output: true }
  fails: { needs: [numbers] }
  reads: { needs: [numbers] }`,
      { jobs: 3 },
    );
    expect(ran.statuses).toEqual({ numbers: 'succeeded', fails: 'failed', reads: 'succeeded' });
    expect(await ran.output('reads')).toEqual(upTo(5_000));
    expect(ran.topics('fails')).toEqual(['ready', 'started', 'failed']);
  });
});

describe('time', () => {
  test('that a consumer waits for the producer, or the producer for it, is not its own', async () => {
    using rig = new Rig(`${SYNC}
      import { setTimeout } from 'node:timers/promises';
      export async function* numbers() { yield 0; await until('reads'); await setTimeout(1_500); yield 1; }
      export const reads = async ({ numbers }) => { let read = 0; for await (const n of numbers) { read++; arrive('reads'); } return read; };
      export async function* many() { for (let n = 0; n < 5_000; n++) yield n; }
      export const slow = async ({ many }) => {
        let read = 0;
        for await (const n of many) if (read++ === 0) await setTimeout(1_500);
        return read;
      };`);
    const ran = await rig.run(
      `
tasks:
  numbers: { stream_output: true }
  reads: { needs: [numbers], timeout: 1 }
  many: { stream_output: true, timeout: 1 }
  slow: { needs: [many] }`,
      { jobs: 4 },
    );
    expect(ran.statuses).toEqual({
      numbers: 'succeeded',
      reads: 'succeeded',
      many: 'succeeded',
      slow: 'succeeded',
    });
  });
});

describe('a run with a live stream', () => {
  const CODE = `${SYNC}
    import { setImmediate } from 'node:timers/promises';
    export async function* numbers() { for (let n = 0; ; n++) { yield n; if (n % 100 === 0) await setImmediate(); } }
    export const reads = async ({ numbers }) => { for await (const n of numbers) if (n === 2_000) arrive('reads'); };`;
  const YAML = `tasks: { numbers: { stream_output: true }, reads: { needs: [numbers], max_retries: 2 } }`;

  test.for(['drain', 'kill'] as const)('is cancelled (%s): both sides end, once', async (how) => {
    using rig = new Rig(CODE);
    const started = await rig.start(YAML, { graceMs: 60_000 });
    await rig.until('reads');
    started.handle.cancel('interrupted', how);
    const ran = await started.ended;
    expect(ran.status).toBe('cancelled');
    expect(ran.statuses).toEqual({ numbers: 'cancelled', reads: 'cancelled' });
    expect(ran.topics('reads')).toEqual(['ready', 'started', 'cancelled']);
  });

  test('is stopped by a failure elsewhere: what runs comes to its end', async () => {
    using rig = new Rig(`${SYNC}${READ}
      export async function* numbers() { yield 0; await until('reads'); arrive('on'); await until('failing'); yield 1; }
      export const reads = async ({ numbers }) => { const read = []; for await (const n of numbers) { read.push(n); arrive('reads'); } return read; };
      export const fails = async () => { await until('on'); arrive('failing'); throw new Error('no'); };`);
    const ran = await rig.run(
      `tasks: { numbers: { stream_output: true }, reads: { needs: [numbers] }, fails: {} }`,
      { jobs: 3, onFailure: 'stop' },
    );
    expect(ran.statuses).toEqual({ numbers: 'succeeded', reads: 'succeeded', fails: 'failed' });
  });

  // Nineteen threads are started.
  test('gives the same results whether it is live or not', { timeout: 90_000 }, async () => {
    using rig = new Rig(`${SYNC}${READ}
      import { setImmediate } from 'node:timers/promises';
      const total = async (items) => { let sum = 0; for await (const n of items) sum += n; return sum; };
      export async function* source() { for (let n = 0; n < 3_000; n++) { yield n; if (n % 100 === 0) await setImmediate(); } }
      export async function* odd({ source }) { for await (const n of source) if (n % 2) yield n; }
      export async function* pairs({ source, odd }) {
        const odds = odd[Symbol.asyncIterator]();
        for await (const n of source) if (n % 2) yield [n, (await odds.next()).value];
      }
      export const sum = ({ odd }) => total(odd);
      export const equal = async ({ pairs }) => { let equal = 0; for await (const [a, b] of pairs) if (a === b) equal++; return equal; };
      export const few = async ({ source }) => { for await (const n of source) if (n === 7) return n; };
      export const report = ({ sum, equal, few }) => [sum, equal, few];`);
    const yaml = `
tasks:
  source: { stream_output: true }
  odd: { stream_output: true, needs: [source] }
  pairs: { stream_output: true, needs: [source, odd] }
  sum: { needs: [odd] }
  equal: { needs: [pairs] }
  few: { needs: [source] }
  report: { needs: [sum, equal, few] }`;
    const digestsWith = async (options: RigOptions): Promise<unknown> => {
      const ran = await rig.run(yaml, options);
      expect(await ran.output('report')).toEqual([2_250_000, 1_500, 7]);
      return Object.fromEntries(
        [...ran.record.tasks].map(([name, { output }]) => [
          name,
          output !== undefined && 'digest' in output ? output.digest : undefined,
        ]),
      );
    };
    const oneByOne = await digestsWith({ jobs: 1 });
    expect(await digestsWith({ jobs: 2 })).toEqual(oneByOne);
    expect(await digestsWith({ jobs: 8 })).toEqual(oneByOne);
    expect(await digestsWith({ jobs: 8, byLevel: true })).toEqual(oneByOne);
  });

  test('keeps no ordinary task from its slot', async () => {
    using rig = new Rig(`${SYNC}${READ}
      export async function* numbers() { yield 1; await until('ordinary'); yield 2; }
      export const reads = ({ numbers }) => all(numbers);
      export const first = () => until('numbers');
      export const ordinary = () => arrive('ordinary');`);
    rig.write('numbers', '');
    const ran = await rig.run(
      `
tasks:
  numbers: { stream_output: true, priority: 2 }
  first: { priority: 1 }
  ordinary: {}
  reads: { needs: [numbers] }`,
      { jobs: 2 },
    );
    expect(ran.at('run.task.started', 'ordinary')).toBeLessThan(
      ran.at('run.task.started', 'reads'),
    );
    expect(await ran.output('reads')).toEqual([1, 2]);
  });
});
