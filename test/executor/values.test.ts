import { describe, expect, test } from 'vitest';
import { Rig } from './rig.ts';

/** Thousands of tasks take seconds on a free machine, and many times that beside other work. */
const MANY_TASKS = { timeout: 120_000 };

describe('streams', () => {
  const CODE = `
    export async function* numbers({ count = 5, from = 0 }) { for (let i = 0; i < count; i++) yield from + i; }
    export async function* doubled({ numbers }) { for await (const n of numbers) yield 2 * n; }
    export const sum = async ({ doubled }) => { let sum = 0; for await (const n of doubled) sum += n; return sum; };
    export async function* breaks() { yield 1; yield 2; throw new Error('midway'); }
    export const list = () => [1, 2, 3];
    export const kind = async ({ list }) => {
      const items = [];
      for await (const item of list) items.push(item);
      return [Array.isArray(list), items];
    };`;

  test('a generator feeds the next task item by item', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`
tasks:
  numbers: { stream_output: true, with: { count: 10000 } }
  doubled: { stream_output: true, needs: [numbers] }
  sum: { needs: [doubled] }`);
    expect(await ran.output('sum')).toBe(99_990_000);
    expect(ran.task('doubled').output).toMatchObject({ is: 'stream', items: 10_000 });
  });

  test('an error midway is the failure of the task, and the partial value is not visible', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(
      `tasks: { breaks: { stream_output: true }, sum: { needs: [breaks] } }`,
    );
    expect(ran.statuses).toEqual({ breaks: 'failed', sum: 'upstream_failed' });
    expect(ran.task('breaks').error).toMatchObject({ message: 'midway', line: 5 });
    expect(await Array.fromAsync(rig.io.list(ran.runId))).toEqual([]);
  });

  test('a list streams when the task says so', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { list: { stream_output: true }, kind: { needs: [list] } }`);
    expect(await ran.output('kind')).toEqual([false, [1, 2, 3]]);
  });

  test('a stream without end ends by its timeout', async () => {
    using rig = new Rig(`export async function* forever() { for (;;) yield 'again'; }`);
    const ran = await rig.run(`tasks: { forever: { stream_output: true, timeout: 0.3 } }`);
    expect(ran.statuses).toEqual({ forever: 'timed_out' });
  });
});

describe('map', () => {
  const CODE = `
    export const list = () => [5, 3, 9, 1];
    export const empty = () => [];
    export const nothing = () => 'no list';
    export const square = ({ n }) => n * n;
    export const picky = ({ n }, { attempt }) => {
      if (n === 3 && attempt === 1) throw new Error('again');
      if (n === 9) throw new Error('never ' + n);
      return n;
    };
    export const total = ({ square }) => square.reduce((a, b) => a + b, 0);`;

  test('gives a list in the order of its elements', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`
tasks:
  list: {}
  square: { needs: [list], map: { over: '\${tasks.list.output}', as: n } }
  total: { needs: [square] }`);
    expect(await ran.output('square')).toEqual([25, 9, 81, 1]);
    expect(await ran.output('total')).toBe(116);
    expect(ran.task('square').elements).toHaveLength(4);
  });

  test('over nothing gives an empty list', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`
tasks:
  empty: {}
  square: { needs: [empty], map: { over: '\${tasks.empty.output}', as: n } }
  total: { needs: [square] }`);
    expect(await ran.output('square')).toEqual([]);
    expect(await ran.output('total')).toBe(0);
  });

  test('over no list fails the task', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`
tasks:
  nothing: {}
  square: { needs: [nothing], map: { over: '\${tasks.nothing.output}', as: n } }`);
    expect(ran.statuses).toEqual({ nothing: 'succeeded', square: 'failed' });
    expect(ran.task('square').error).toMatchObject({ code: 'DP1009' });
  });

  test('tries each element again by itself; one that fails for good fails the task', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`
tasks:
  list: {}
  picky: { needs: [list], max_retries: 1, retry: { delay: 0 }, map: { over: '\${tasks.list.output}', as: n } }`);
    const { status, error, elements } = ran.task('picky');
    expect(status).toBe('failed');
    expect(error?.message).toBe('1 of 4 elements failed, first [2]: never 9');
    expect(elements?.map((element) => [element.status, element.attempts])).toEqual([
      ['succeeded', 1],
      ['succeeded', 2],
      ['failed', 2],
      ['succeeded', 1],
    ]);
  });

  test('runs no more at once than max_parallel, thousands wide', async () => {
    using rig = new Rig(`
      export const list = () => Array.from({ length: 2000 }, (_, n) => n);
      export const same = ({ n }) => n;`);
    const ran = await rig.run(
      `
tasks:
  list: {}
  same: { needs: [list], map: { over: '\${tasks.list.output}', as: n, max_parallel: 2 } }`,
      { jobs: 4 },
    );
    expect(await ran.output('same')).toEqual(Array.from({ length: 2000 }, (_, n) => n));
    let now = 0;
    let most = 0;
    for (const { topic, task, element } of ran.events) {
      if (task !== 'same' || element === undefined) continue;
      if (topic === 'run.task.started') most = Math.max(most, ++now);
      else now--;
    }
    expect(most).toBe(2);
  });
});

describe('large', () => {
  test('50 MB go from one task to the next', async () => {
    using rig = new Rig(`
      export const make = () => new Uint8Array(50_000_000).fill(7);
      export const check = ({ make }) => [make.length, make.every((byte) => byte === 7)];`);
    const ran = await rig.run(`tasks: { make: {}, check: { needs: [make] } }`);
    expect(await ran.output('check')).toEqual([50_000_000, true]);
  });

  test('a task waits for 5,000 others and gets what each gave', MANY_TASKS, async () => {
    using rig = new Rig(`
      export const one = (_, { task }) => Number(task.slice(1));
      export const all = (inputs) => Object.values(inputs).reduce((a, b) => a + b, 0);`);
    const names = Array.from({ length: 5000 }, (_, number) => `t${number}`);
    const tasks = names.map((name) => `  ${name}: { task: one }`);
    const ran = await rig.run(`tasks:\n${tasks.join('\n')}\n  all: { needs: [${names.join()}] }`);
    expect(await ran.output('all')).toBe((4999 * 5000) / 2);
  });

  test('a chain of 3,000 goes to its end', MANY_TASKS, async () => {
    using rig = new Rig(`export const next = (inputs) => (Object.values(inputs)[0] ?? 0) + 1;`);
    const tasks = Array.from({ length: 3000 }, (_, n) =>
      n === 0 ? '  t0: { task: next }' : `  t${n}: { task: next, needs: [t${n - 1}] }`,
    );
    const ran = await rig.run(`tasks:\n${tasks.join('\n')}`);
    expect(await ran.output('t2999')).toBe(3000);
  });

  test('a failure at the head of a long chain reaches its end', MANY_TASKS, async () => {
    using rig = new Rig(`export const bad = () => { throw new Error('bad') };`);
    const tasks = Array.from({ length: 3000 }, (_, n) =>
      n === 0 ? '  t0: { task: bad }' : `  t${n}: { task: bad, needs: [t${n - 1}] }`,
    );
    const ran = await rig.run(`tasks:\n${tasks.join('\n')}`);
    expect(ran.task('t2999').status).toBe('upstream_failed');
  });
});

describe('cache', () => {
  const CODE = `
    import { note } from './sync.ts';
    export const work = () => { note('worked'); return 'result'; };
    export const flaky = () => { note('tried'); throw new Error('no'); };`;

  test('a result is used again while it is there and whole', async () => {
    using rig = new Rig(CODE);
    const yaml = `tasks: { work: { cache: {} } }`;
    const first = await rig.run(yaml);
    const second = await rig.run(yaml);
    expect(second.statuses).toEqual({ work: 'cached' });
    expect(await second.output('work')).toBe('result');
    await rig.io.clear(first.runId);
    const third = await rig.run(yaml);
    expect(third.statuses).toEqual({ work: 'succeeded' });
    expect(rig.read('notes')).toBe('worked\nworked\n');
  });

  test('until its time is over', async () => {
    using rig = new Rig(CODE);
    const yaml = `tasks: { work: { cache: { ttl: 60 } } }`;
    await rig.run(yaml, { now: () => 1_000_000 });
    const during = await rig.run(yaml, { now: () => 1_059_000 });
    const after = await rig.run(yaml, { now: () => 1_061_000 });
    expect([during.statuses, after.statuses]).toEqual([{ work: 'cached' }, { work: 'succeeded' }]);
  });

  test('an altered result is no hit', async () => {
    using rig = new Rig(CODE);
    const yaml = `tasks: { work: { cache: {} } }`;
    const first = await rig.run(yaml);
    rig.tamper(first.runId, 'work');
    const second = await rig.run(yaml);
    expect(second.statuses).toEqual({ work: 'succeeded' });
  });

  test('a failure is never kept', async () => {
    using rig = new Rig(CODE);
    const yaml = `tasks: { flaky: { cache: {} } }`;
    await rig.run(yaml);
    const second = await rig.run(yaml);
    expect(second.statuses).toEqual({ flaky: 'failed' });
    expect(rig.read('notes')).toBe('tried\ntried\n');
  });
});

test('bytes keep their kind, whichever way they take', async () => {
  using rig = new Rig(`
    export const parts = () => [Buffer.from('a'), new Uint8Array([98])];
    export const nested = () => ({ data: new Map([['x', Buffer.from('hello')]]) });
    const kindOf = (bytes) => bytes.constructor.name + ' ' + Buffer.from(bytes);
    export const kind = ({ part }) => kindOf(part);
    export const kinds = ({ list }) => list.map(kindOf);
    export const inside = ({ map }) => kindOf(map.get('x'));`);
  const ran = await rig.run(`
tasks:
  parts: {}
  nested: {}
  byEdge: { task: kinds, inputs: { list: parts } }
  byWith: { task: kinds, with: { list: '\${tasks.parts.output}' } }
  inWith: { task: kinds, with: { list: ['\${tasks.parts.output[0]}', '\${tasks.parts.output[1]}'] } }
  inMap: { task: inside, with: { map: '\${tasks.nested.output.data}' } }
  each: { task: kind, map: { over: '\${tasks.parts.output}', as: part } }
  eachInProcess: { task: kind, isolation: process, map: { over: '\${tasks.parts.output}', as: part } }`);
  const both = ['Buffer a', 'Uint8Array b'];
  for (const task of ['byEdge', 'byWith', 'inWith', 'each', 'eachInProcess'])
    expect([task, await ran.output(task)]).toEqual([task, both]);
  expect(await ran.output('inMap')).toBe('Buffer hello');
});
