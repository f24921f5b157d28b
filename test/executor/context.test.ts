import { describe, expect, test } from 'vitest';
import { Rig } from './rig.ts';

test('what a task prints and logs is kept, its attempts apart', async () => {
  using rig = new Rig(`
    export const talks = (_, { log, attempt }) => {
      console.log('printed', attempt);
      console.error('complained');
      process.stdout.write(new Uint8Array([226, 130]));
      process.stdout.write(new Uint8Array([172, 10]));
      log.info({ rows: 3 }, 'logged');
      if (attempt === 1) throw new Error('again');
    };`);
  const ran = await rig.run(`tasks: { talks: { max_retries: 1, retry: { delay: 0 } } }`);
  const lines = ran.log('talks', 2).split('\n');
  expect(lines.slice(0, 3)).toEqual(['printed 2', 'complained', '€']);
  expect(JSON.parse(lines[3]!)).toMatchObject({ rows: 3, msg: 'logged', level: 30 });
  expect(ran.log('talks', 1)).toContain('printed 1');
});

test('logs outlive a thread that is killed', async () => {
  using rig = new Rig(`export const dies = () => { console.log('last words'); process.exit(1); };`);
  const ran = await rig.run(`tasks: { dies: {} }`);
  expect(ran.log('dies')).toBe('last words\n');
});

test('what two tasks of a thread print is not mixed up', async () => {
  using rig = new Rig(`
    export const a = () => { setImmediate(() => console.log('late a')); console.log('a'); };
    export const b = async () => { await new Promise((r) => setImmediate(() => setImmediate(r))); console.log('b'); };`);
  const ran = await rig.run(`tasks: { a: {}, b: { needs: [a] } }`, { jobs: 1 });
  expect([ran.log('a'), ran.log('b')]).toEqual(['a\nlate a\n', 'b\n']);
});

describe('publish', () => {
  test('publishes and records, even when the attempt fails afterwards', async () => {
    using rig = new Rig(`
      export const says = (_, { publish }) => {
        publish('data.flights.arrived', { path: 'x', when: new Date(0), gone: undefined });
        throw new Error('after');
      };`);
    const ran = await rig.run(`tasks: { says: {} }`);
    const wanted = { topic: 'data.flights.arrived', task: 'says', attempt: 1 };
    const data = { path: 'x', when: '1970-01-01T00:00:00.000Z' };
    expect(ran.events).toContainEqual(expect.objectContaining({ ...wanted, data }));
    expect(ran.told).toContainEqual(expect.objectContaining({ ...wanted, data }));
  });

  test.for([
    [`'run.task.succeeded', {}`, 'DP6101', 'reserved'],
    [`'schedule.tick', {}`, 'DP6101', 'reserved'],
    [`'data.*', {}`, 'DP6101', ''],
    [`'data..x', {}`, 'DP6101', ''],
    [`'', {}`, 'DP6101', ''],
    [`'data.x', 10n`, 'DP6108', 'data is a BigInt'],
    [`'data.x', { a: [1, () => 2] }`, 'DP6108', 'data.a[1] is a function'],
    [`'data.x', { n: NaN }`, 'DP6108', 'data.n is NaN'],
    [`'data.x', { m: new Map() }`, 'DP6108', 'data.m is a Map'],
    [`'data.x'`, 'DP6108', 'data is undefined'],
    [`'data.x', loop`, 'DP6108', 'levels deep'],
    [`'data.x', 'x'.repeat(2 ** 20)`, 'DP6109', 'larger than 1 MiB'],
  ] as const)('refuses (%s) where it is said', async ([given, code, words]) => {
    using rig = new Rig(`
      const loop = {}; loop.loop = loop;
      export const says = (_, ctx) => ctx.publish(${given});`);
    const ran = await rig.run(`tasks: { says: {} }`);
    const { error } = ran.task('says');
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(words);
    expect(error?.line).toBe(3);
  });
});

test('progress is reported at once and at its end, and has to be numbers', async () => {
  using rig = new Rig(`
    export const counts = (_, { progress }) => { for (let i = 1; i <= 5000; i++) progress(i, 5000); };
    export const wrong = (_, { progress }) => progress(0 / 0);
    export const text = (_, { progress }) => progress(1, 'two');`);
  const ran = await rig.run(`tasks: { counts: {}, wrong: {}, text: {} }`);
  const told = ran.data('run.task.progress');
  expect(told[0]).toEqual({ done: 1, total: 5000 });
  expect(told.at(-1)).toEqual({ done: 5000, total: 5000 });
  expect(told.length).toBeLessThan(50);
  expect(ran.task('wrong').error?.message).toContain('done is NaN');
  expect(ran.task('text').error).toMatchObject({
    code: 'DP6108',
    message: 'total is a string, not a finite number',
  });
});

test('progress without a total may say so with null', async () => {
  using rig = new Rig(`export const counts = (_, { progress }) => progress(1, null);`);
  const ran = await rig.run(`tasks: { counts: {} }`);
  expect(ran.data('run.task.progress')).toEqual([{ done: 1, total: null }]);
});

test('the context says where it is', async () => {
  using rig = new Rig(`
    export const where = (_, { runId, task, attempt, params, key }) => ({ runId, task, attempt, params, key });`);
  const ran = await rig.run(`
params: { year: { type: integer, default: 2001 } }
tasks: { here: { task: where } }`);
  const { runId } = ran;
  expect(await ran.output('here')).toEqual({
    runId,
    task: 'here',
    attempt: 1,
    params: { year: 2001 },
    key: `${runId}/here`,
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2-"quoted"-é';
  const CODE = `
    const secret = process.env.TOKEN;
    export const leaks = (_, { log, publish, env }) => {
      console.log('token', env.TOKEN);
      const bytes = Buffer.from('cut ' + secret + ' in two\\n');
      for (const byte of bytes) process.stdout.write(new Uint8Array([byte]));
      log.info({ secret }, 'with ' + secret);
      publish('data.leak', { [secret]: ['see ' + secret], n: 12345 });
      throw new Error('cannot log in with ' + secret, { cause: secret });
    };
    export const crashes = () => { setImmediate(() => { throw new Error(secret) }); return new Promise(() => {}); };
    export const long = () => { throw new Error('x'.repeat(16_380) + secret) };
    export const keeps = () => secret;`;
  const YAML = `
secrets: [TOKEN, PIN]
tasks:
  leaks: {}
  crashes: {}
  long: {}
  keeps: {}
  say: { run: 'printf "%s" "$TOKEN" | (head -c 9; sleep 0.05; cat); echo "$PIN"; echo "bad $TOKEN" >&2; exit 1' }`;

  test('are masked in logs, errors and events, whole or in pieces', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(YAML, { env: { TOKEN: SECRET, PIN: '12' } });
    const record = JSON.stringify([ran.events, ran.told]);
    expect(record).not.toContain('hunter2');
    expect(ran.log('leaks')).not.toContain('hunter2');
    expect(ran.log('leaks')).toMatch(/^token \*\*\*\ncut \*\*\* in two\n/);
    expect(ran.log('leaks')).toContain('with ***');
    expect(ran.data('data.leak')).toEqual([{ '***': ['see ***'], n: 12345 }]);
    expect(ran.task('leaks').error).toMatchObject({
      message: 'cannot log in with ***',
      cause: { message: expect.stringContaining('***') },
    });
    expect(ran.task('crashes').error).toMatchObject({ message: '***' });
    expect(ran.log('say').split('\n').sort()).toEqual(['', '***12', 'bad ***']);
    expect(ran.task('say').error?.message).toBe('the command ended with exit code 1: bad ***');
  });

  test('are masked in the output of a command, which is text and part of its result', async () => {
    using rig = new Rig();
    const yaml = `
secrets: [TOKEN]
tasks: { say: { run: 'echo "a $TOKEN"; echo "b $TOKEN" >&2' } }`;
    const ran = await rig.run(yaml, { env: { TOKEN: SECRET } });
    expect(await ran.output('say')).toMatchObject({ stdout: 'a ***\n', stderr: 'b ***\n' });
  });

  test('are masked whatever a task does to its environment', async () => {
    const code = `
      export const clears = (_, { env }) => {
        delete process.env.TOKEN;
        return env.TOKEN.length;
      };
      export const says = () => console.log('${SECRET}');`;
    using rig = new Rig(code);
    const yaml = `
secrets: [TOKEN]
tasks: { clears: {}, says: { needs: [clears], isolation: process }, again: { task: says, needs: [says] } }`;
    const ran = await rig.run(yaml, { env: { TOKEN: SECRET }, jobs: 1 });
    expect(await ran.output('clears')).toBe(SECRET.length);
    expect([ran.log('says'), ran.log('again')]).toEqual(['***\n', '***\n']);
  });

  test('are refused as a topic, and skipped as a progress', async () => {
    const code = `
      export const named = (_, { publish, env }) => publish('data.' + env.TOKEN + '.arrived', 1);
      export const counts = (_, { progress }) => {
        progress(Number(process.env.PIN), Number(process.env.PIN) + 1);
        progress(3, 3);
      };`;
    using rig = new Rig(code);
    const yaml = 'secrets: [TOKEN, PIN]\ntasks: { named: {}, counts: {} }';
    const ran = await rig.run(yaml, { env: { TOKEN: SECRET, PIN: '98765432' } });
    expect(ran.task('named').error?.message).toBe('the topic holds the value of a secret');
    expect(ran.data('run.task.progress')).toEqual([{ done: 3, total: 3 }]);
  });

  test('stay in what functions return, which is data', async () => {
    using rig = new Rig(CODE);
    const ran = await rig.run(YAML, { env: { TOKEN: SECRET, PIN: '12' } });
    expect(await ran.output('keeps')).toBe(SECRET);
  });
});
