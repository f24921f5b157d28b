import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeError } from '../../../src/executor/worker/task-error.ts';

const DP = join(import.meta.dirname, '../../../src/executor/worker/attempt.ts');

/** An error that was thrown through these frames, innermost first. */
function thrownThrough(...frames: string[]): Error {
  const error = new Error('no rows');
  error.stack = ['Error: no rows', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

describe('an error', () => {
  test('is described by name, message, code and stack', () => {
    const error = Object.assign(new RangeError('too many'), { code: 'E_MANY' });
    expect(describeError(error)).toMatchObject({
      name: 'RangeError',
      message: 'too many',
      code: 'E_MANY',
      stack: expect.stringContaining('RangeError: too many'),
    });
  });

  test('has its causes with it, five deep, rings included', () => {
    const error = new Error('outer', { cause: new TypeError('inner', { cause: 'text' }) });
    expect(describeError(error)).toMatchObject({
      message: 'outer',
      cause: { name: 'TypeError', message: 'inner', cause: { name: 'NonError' } },
    });
    const ring = new Error('ring');
    ring.cause = ring;
    let depth = 0;
    for (let told = describeError(ring).cause; told !== undefined; told = told.cause) depth++;
    expect(depth).toBe(5);
  });

  test('that is very long is cut, and says how long it was', () => {
    const { message } = describeError(new Error('x'.repeat(100_000)));
    expect(message.length).toBeLessThan(17_000);
    expect(message).toContain('(100000 characters)');
  });

  test('is cleaned before it is cut, in message, stack and causes', () => {
    const secret = 'hunter2';
    const error = new Error(`${'x'.repeat(16_380)}${secret}`, { cause: new Error(secret) });
    const told = describeError(error, (text) => text.replaceAll(secret, '***'));
    expect(JSON.stringify(told)).not.toContain('hunt');
  });

  test('whose parts have wrong types is still described', () => {
    const odd = Object.assign(new Error('x'), { name: 5, message: { rows: 1 }, stack: 7, code: 9 });
    expect(describeError(odd)).toEqual({
      name: '5',
      message: '[object Object]',
      details: '{ code: 9 }',
    });
  });
});

function refuse(): never {
  throw new Error('again');
}

const refusing = (name: string) =>
  Object.defineProperty(new Error('x'), name, { enumerable: true, get: refuse });

describe('an error that throws when it is read', () => {
  test('is described as far as it can be read', () => {
    expect(describeError(refusing('message'))).toMatchObject({
      name: 'Error',
      message: 'not readable',
    });
    expect(describeError(refusing('stack'))).toMatchObject({ name: 'Error', message: 'x' });
    for (const name of ['name', 'cause', 'code', 'errors', 'toString', 'query'])
      expect(describeError(refusing(name)).message).toBe('x');
  });

  test('may be a revoked proxy, or a proxy that refuses everything', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    revoke();
    expect(describeError(proxy).name).toBe('NonError');
    const hostile = new Proxy(new Error('x'), { get: refuse, ownKeys: refuse, has: refuse });
    expect(describeError(hostile)).toMatchObject({ message: 'not readable' });
    const errors = new Proxy([], { get: refuse });
    expect(describeError(Object.assign(new Error('x'), { errors })).message).toBe('x');
  });

  test('has a message that cannot become text', () => {
    const odd = Object.assign(new Error('x'), { message: Object.create(null), name: Symbol('a') });
    expect(describeError(odd)).toMatchObject({ name: 'Symbol(a)', message: 'not readable' });
  });
});

describe('what an error carries', () => {
  test('are described as text, except for those described elsewhere', () => {
    const error = Object.assign(new Error('duplicate'), {
      code: '23505',
      detail: 'Key (id)=(42) already exists.',
      query: { rows: { deep: { er: 1 } } },
    });
    expect(describeError(error).details).toBe(
      "{ detail: 'Key (id)=(42) already exists.', query: { rows: [Object] } }",
    );
    expect(describeError(new Error('x', { cause: 1 }))).not.toHaveProperty('details');
    const ofSystem = { errno: -111, code: 'ECONNREFUSED', syscall: 'connect', port: 9 };
    expect(describeError(Object.assign(new Error('x'), ofSystem))).not.toHaveProperty('details');
  });

  test('is described for an AggregateError and its errors', () => {
    const error = new AggregateError([new Error('first'), new TypeError('second')], 'all failed');
    expect(describeError(error)).toMatchObject({
      name: 'AggregateError',
      errors: [{ message: 'first' }, { name: 'TypeError', message: 'second' }],
    });
  });

  test('is cut where it is long: fields, errors, names and codes', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => new Error(`${index}`));
    expect(describeError(new AggregateError(many)).errors).toHaveLength(5);
    const ring = new AggregateError([], 'ring');
    ring.errors = [ring, ring, ring, ring, ring];
    expect(JSON.stringify(describeError(ring)).length).toBeLessThan(1_000_000);
    const long = 'x'.repeat(1_000_000);
    const told = describeError(
      Object.assign(new Error('x'), { name: long, code: long, text: [long] }),
    );
    expect(JSON.stringify(told).length).toBeLessThan(20_000);
  });

  test('is cleaned', () => {
    const error = Object.assign(new AggregateError([new Error('hunter2')]), { key: 'hunter2' });
    const told = describeError(error, (text) => text.replaceAll('hunter2', '***'));
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });
});

describe('what is thrown and is no error', () => {
  test('is shown as it is', () => {
    expect(describeError('no rows').message).toBe("threw 'no rows', which is no Error");
    expect(describeError(undefined).message).toBe('threw undefined, which is no Error');
    expect(describeError({ code: 1 }).message).toBe('threw { code: 1 }, which is no Error');
  });

  test('cannot throw again while it is shown', () => {
    const hostile = {
      get code(): number {
        throw new Error('again');
      },
      [Symbol.for('nodejs.util.inspect.custom')](): string {
        throw new Error('again');
      },
    };
    expect(describeError(hostile).name).toBe('NonError');
  });
});

const place = (...frames: string[]) => {
  const { file, line, column } = describeError(thrownThrough(...frames));
  return [file, line, column];
};

describe('the place of an error', () => {
  test("is the innermost frame in the user's own code, in whatever form the frame is", () => {
    expect(place('clean (/project/tasks.ts:7:21)')).toEqual(['/project/tasks.ts', 7, 21]);
    expect(place('/project/tasks.ts:7:21')).toEqual(['/project/tasks.ts', 7, 21]);
    expect(place('async file:///project/my%20tasks.ts:7:21')).toEqual([
      '/project/my tasks.ts',
      7,
      21,
    ]);
    expect(place('async Promise.all (index 0)', 'new Rows (file:///p/a.ts?v=1:1:2)')).toEqual([
      '/p/a.ts',
      1,
      2,
    ]);
    expect(place('clean (/app/(group)/tasks.ts:3:4)')).toEqual(['/app/(group)/tasks.ts', 3, 4]);
  });

  test('is not in Node, in a package or in dp', () => {
    const error = thrownThrough(
      'JSON.parse (<anonymous>)',
      'node:internal/fs:1:1',
      'parse (/project/node_modules/csv/index.js:1:2)',
      `publish (${pathToFileURL(DP).href}:5:5)`,
      'clean (/project/worker.mjs:7:21)',
    );
    expect(describeError(error)).toMatchObject({ file: '/project/worker.mjs', line: 7 });
  });

  test('is absent when no frame is of the user', () => {
    expect(describeError(thrownThrough(`run (${DP}:5:5)`))).not.toHaveProperty('file');
  });

  test('accepts a stack that other code wrote', () => {
    for (const url of ['file://host/x.ts', 'file:///a%2fb.ts', 'file:///%zz.ts', 'file:']) {
      expect(describeError(thrownThrough(`f (${url}:1:1)`))).not.toHaveProperty('file');
    }
  });
});

test("the stack ends with the user's last frame", () => {
  const frames = ['clean (/project/tasks.ts:7:21)', 'main (/project/tasks.ts:9:1)'];
  const { stack } = describeError(
    thrownThrough(...frames, `run (${DP}:5:5)`, 'node:internal/process:1:1'),
  );
  expect(stack).toBe(thrownThrough(...frames).stack);
});
