/** What one attempt leaves in its worker, as the next one there finds it. */
import { describe, expect, test } from 'vitest';
import { isAlive, Rig } from './rig.ts';

/** Tasks that run one after the other in the same worker, unless the first one spoils it. */
const CHAIN = (isolation: 'thread' | 'process'): string => `
defaults: { isolation: ${isolation} }
tasks:
  first: {}
  second: { needs: [first] }`;

describe.each(['thread', 'process'] as const)('in a %s', (isolation) => {
  test('each attempt begins with the variables of the run', async () => {
    using rig = new Rig(`
      export const first = () => {
        process.env.STAGE = 'staging';
        process.env.constructor = 'a variable like any other';
        process.env.PATH = '/elsewhere';
        delete process.env.HOME;
        process.env = { ALL: 'new' };
      };
      export const second = (_, { env }) =>
        [process.env, env].map(({ STAGE, PATH, HOME, ALL }) => [STAGE, PATH, HOME, ALL])
          .concat([[Object.hasOwn(process.env, 'constructor')]]);`);
    const ran = await rig.run(CHAIN(isolation), { jobs: 1 });
    const { PATH, HOME } = process.env;
    const asAtFirst = [undefined, PATH, HOME, undefined];
    expect(await ran.output('second')).toEqual([asAtFirst, asAtFirst, [false]]);
  });

  test('a retry begins with the variables of the run', async () => {
    using rig = new Rig(`
      export const tries = (_, { attempt }) => {
        process.env.TRIED ??= String(attempt);
        if (attempt === 1) throw new Error('again');
        return process.env.TRIED;
      };`);
    const ran = await rig.run(
      `tasks: { tries: { isolation: ${isolation}, max_retries: 1, retry: { delay: 0 } } }`,
    );
    expect(await ran.output('tries')).toBe('2');
  });

  test('a worker whose built-in functions were replaced is not used again', async () => {
    using rig = new Rig(`
      globalThis.uses = 0;
      export const first = () => {
        globalThis.uses++;
        JSON.stringify = () => '"hacked"';
        Array.prototype.map = () => { throw new Error('no map'); };
        Object.prototype.polluted = true;
        Date.now = () => 0;
        return { real: 0 };
      };
      export const second = () => ({ uses: ++globalThis.uses, text: JSON.stringify([1].map(String)), odd: ({}).polluted, now: Date.now() > 0 });`);
    const ran = await rig.run(CHAIN(isolation), { jobs: 1 });
    expect(await ran.output('first')).toEqual({ real: 0 });
    const odd = undefined;
    expect(await ran.output('second')).toEqual({ uses: 1, text: '["1"]', odd, now: true });
    expect(ran.log('first')).toContain('the task changed JSON.stringify, ');
    expect(ran.log('second')).toBe('');
  });

  test('a worker is used again when what was replaced is put back, and variables of a module survive', async () => {
    using rig = new Rig(`
      BigInt.prototype.toJSON = function () { return String(this); };
      let uses = 0;
      export const first = () => {
        const { stringify } = JSON;
        JSON.stringify = () => 'patched';
        JSON.stringify = stringify;
        return ++uses;
      };
      export const second = () => [++uses, JSON.stringify(1n)];`);
    const ran = await rig.run(CHAIN(isolation), { jobs: 1 });
    expect(await ran.output('second')).toEqual([2, '"1"']);
  });

  test('a replaced fs affects no log', async () => {
    using rig = new Rig(`
      import { createRequire, syncBuiltinESMExports } from 'node:module';
      const fs = createRequire(import.meta.url)('node:fs');
      export const first = () => {
        for (const name of ['openSync', 'writeSync', 'open']) fs[name] = () => { throw new Error('no ' + name); };
        syncBuiltinESMExports();
        throw new Error('first');
      };
      export const second = () => { console.log('mine'); return new Uint8Array(100_000).length; };`);
    const ran = await rig.run(CHAIN(isolation).replace('first: {}', 'first: { fail_safe: true }'));
    expect(ran.task('first').error).toMatchObject({ message: 'first' });
    expect(await ran.output('second')).toBe(100_000);
    expect(ran.log('second')).toBe('mine\n');
  });
});

test('each way to add a field to a common type or to replace one spoils the thread, after many attempts too', async () => {
  using rig = new Rig(`
    import { runInThisContext } from 'node:vm';
    const ways = {
      assigned: () => { Array.prototype.last = 1; },
      hidden: () => { Object.defineProperty(Object.prototype, 'last', { value: 1, configurable: true }); },
      several: () => { Object.defineProperties(Map.prototype, { last: { value: 1 } }); },
      reflected: () => { Reflect.defineProperty(String.prototype, 'last', { value: 1 }); },
      symbol: () => { Set.prototype[Symbol('last')] = 1; },
      element: () => { Array.prototype[0] = 1; },
      accessor: () => { Function.prototype.__defineGetter__('last', () => 1); },
      elsewhere: () => { runInThisContext("Object.defineProperty(Date.prototype, 'last', { value: 1 })"); },
      replaced: () => { JSON.parse = () => 1; },
      blinded: () => {
        Array.prototype.some = Array.prototype.filter = Array.prototype.flatMap = () => false;
        Array.prototype[Symbol.iterator] = Array.prototype.push = Set.prototype.has = () => { throw new Error('no'); };
      },
    };
    let uses = 0;
    export const one = ({ way }) => {
      ways[way]?.();
      return ++uses;
    };`);
  const ways = [
    'assigned',
    'hidden',
    'several',
    'reflected',
    'symbol',
    'element',
    'accessor',
    'elsewhere',
    'replaced',
    'blinded',
  ];
  const many = Array<string>(120).fill('none');
  const over = JSON.stringify([...ways, ...many, 'replaced', 'none']);
  const ran = await rig.run(
    `
params: { list: { type: array, items: { type: string }, default: ${over} } }
tasks: { one: { map: { over: '\${params.list}', as: way } } }`,
    { jobs: 1 },
  );
  const uses = (await ran.output('one')) as number[];
  expect(uses).toEqual([...ways.map(() => 1), ...many.map((_, n) => n + 1), 121, 1]);
});

test('attempts that wait in the line of a spoiled thread run elsewhere', async () => {
  using rig = new Rig(`
    let uses = 0;
    export const one = ({ n }) => {
      uses++;
      if (n % 10 === 9) Math.random = () => 4;
      return [uses, Math.random() === 4 && n % 10 !== 9];
    };`);
  const over = JSON.stringify(Array.from({ length: 60 }, (_, n) => n));
  const ran = await rig.run(`
params: { list: { type: array, items: { type: integer }, default: ${over} } }
tasks: { one: { map: { over: '\${params.list}', as: n } } }`);
  const results = (await ran.output('one')) as [number, boolean][];
  expect(results).toHaveLength(60);
  expect(results.filter(([, isSpoiled]) => isSpoiled)).toEqual([]);
  expect(ran.data('run.task.retrying')).toEqual([]);
});

describe('a child process', () => {
  const CODE = `
    import { spawn } from 'node:child_process';
    const sleep = () => spawn('sh', ['-c', 'sleep 60 & wait'], { stdio: 'ignore' });
    let child;
    export const started = async ({ how }, { attempt }) => {
      if (child !== undefined) return 'the same worker';
      if (attempt > 1) return 'another worker';
      child = sleep();
      console.log(child.pid);
      if (how === 'hang') await new Promise(() => {});
      if (how === 'throw') throw new Error('no');
      return child.pid;
    };
    export const awaited = async () => {
      for await (const _ of spawn('sh', ['-c', 'echo hi']).stdout);
    };`;

  test.each(['hang', 'throw'])(
    'ends with its attempt that ends by a %s, before the retry',
    async (how) => {
      using rig = new Rig(CODE);
      const ran = await rig.run(
        `tasks: { started: { timeout: 0.5, max_retries: 1, retry: { delay: 0 }, with: { how: ${how} } } }`,
      );
      expect(await ran.output('started')).toBe('another worker');
      expect(isAlive(Number.parseInt(ran.log('started')))).toBe(false);
    },
  );

  test('ends with an attempt that succeeded, and is reported', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { started: { with: { how: return } } }`);
    const pid = (await ran.output('started')) as number;
    expect(isAlive(pid)).toBe(false);
    expect(ran.log('started')).toContain(`which dp ended: process ${pid}`);
  });

  test('that has closed its output is given the time to end', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(`tasks: { awaited: {} }`);
    expect(ran.log('awaited')).toBe('');
  });
});
