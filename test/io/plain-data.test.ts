import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { encode } from '../../src/io/codec.ts';
import { DEEPEST, survey } from '../../src/io/plain-data.ts';

/** The same bytes, after another thread was given their memory. */
function handedAway<T extends Uint8Array<ArrayBuffer>>(bytes: T): T {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

test.each<[string, unknown]>([
  ['an error with a message, a cause and a stack', new TypeError('a', { cause: new Error('b') })],
  ['bytes, few and many', [Buffer.alloc(1), new Uint8Array(10_000), new Float64Array(300)]],
  ['a list with some holes', Object.assign([], { 1_000: 1 })],
  ['a boxed text', new String('abc')],
  ['a hidden field', Object.defineProperty(new Date(0), Symbol('a'), { value: 1 })],
])('%s can be kept', (_, value) => {
  expect(survey(value).fits).toBe('clone');
});

describe('what cannot be kept is named by its path', () => {
  test.each<[string, unknown]>([
    ['$ is a function', () => 1],
    ['$ is a symbol', Symbol('a')],
    ['$.rows[3].callback is a function', { rows: [1, 2, 3, { callback: () => 1 }] }],
    ['$["a b"]["0"].ünïcode is a symbol', { 'a b': { 0: { ünïcode: Symbol.iterator } } }],
    ['$.byName.get("x")[0] is a function', { byName: new Map([['x', [() => 1]]]) }],
    [
      '$.byName<key 1> is a function',
      {
        byName: new Map<unknown, number>([
          [1, 1],
          [() => 1, 2],
        ]),
      },
    ],
    ['$.byName<value 0> is a function', { byName: new Map([[{}, () => 1]]) }],
    ['$<item 1> is a symbol', new Set([1, Symbol('a')])],
    ['$.cause.retry is a function', new Error('a', { cause: { retry: () => 1 } })],
    ['$[0].total is a promise', [{ total: Promise.resolve(1) }]],
    ['$.rows is a generator', { rows: (function* () {})() }],
    ['$.rows is a generator', { rows: (async function* () {})() }],
    ['$.socket is an instance of Socket, a live object', { socket: new Socket() }],
    ['$.bus is an instance of EventEmitter, a live object', { bus: new EventEmitter() }],
    [
      '$.signal is an instance of AbortSignal, a live object',
      { signal: new AbortController().signal },
    ],
    ['$.url is an instance of URL, whose data cannot be reached', { url: new URL('http://a.b') }],
    ['$.seen is an instance of WeakMap, whose data cannot be reached', { seen: new WeakMap() }],
    [
      '$.at is an instance of Instant, whose data cannot be reached',
      { at: Temporal.Now.instant() },
    ],
    ['$.memory is a SharedArrayBuffer', { memory: new SharedArrayBuffer(1) }],
    ['$.draft is a Proxy', { draft: new Proxy({}, {}) }],
    ['$.index is a function', Object.assign([1], { index: () => 1 })],
    [
      '$.helper is a function',
      new (class Tool {
        helper = (): number => 1;
      })(),
    ],
    [
      '$.rows.bytes is bytes whose memory was handed away',
      { rows: { bytes: handedAway(new Uint8Array(8)) } },
    ],
    ['$ is bytes whose memory was handed away', handedAway(Buffer.alloc(8))],
    ['$[0] is bytes whose memory was handed away', [handedAway(new Uint8Array(8)).buffer]],
    [
      '$.list is a list of 4294967295 places, most of which are empty',
      { list: Object.assign([], { 4_294_967_294: 1 }) },
    ],
    [
      '$.at.precision is a field that was put on an instance of Date, which would be lost',
      { at: Object.assign(new Date(0), { precision: 'day' }) },
    ],
    [
      '$[0].total is a field that was put on an instance of Map, which would be lost',
      [Object.assign(new Map([[1, 2]]), { total: 2 })],
    ],
    [
      '$.code is a field that was put on an instance of RangeError, which would be lost',
      Object.assign(new RangeError('a'), { code: 'E_MANY' }),
    ],
    ['$.errors is a field of an error, which would be lost', new AggregateError([])],
    [
      '$.cause.message is computed by the class of the error, which would be lost',
      new Error('stopped', { cause: new DOMException('timed out', 'TimeoutError') }),
    ],
    [
      '$.name is a field that was put on an instance of Buffer, which would be lost',
      Object.assign(Buffer.from('a'), { name: 'a.txt' }),
    ],
    [
      '$.image has fields that were put on it, which would be lost',
      { image: Object.assign(new Uint8Array(1_000), { width: 10 }) },
    ],
    ['$[Symbol(kind)] is a field under a symbol, which would be lost', { [Symbol.for('kind')]: 7 }],
    [
      '$.rows[Symbol(total)] is a field under a symbol, which would be lost',
      { rows: Object.assign([1], { [Symbol('total')]: 1 }) },
    ],
  ])('%s', (message, value) => {
    expect(() => encode(value)).toThrow(expect.objectContaining({ code: 'DP7001', message }));
  });

  test('a getter that throws is named, with its cause', () => {
    const cause = new Error('not open');
    const value = { db: { get rows(): never { throw cause; } } }; // prettier-ignore
    expect(() => encode(value)).toThrow(
      expect.objectContaining({
        code: 'DP7001',
        message: '$.db.rows cannot be read: not open',
        cause,
      }),
    );
  });

  test('a revoked proxy is reported like any other', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(() => encode([proxy])).toThrow(expect.objectContaining({ message: '$[0] is a Proxy' }));
  });

  test('what only the last look refuses is still a fault', () => {
    const promise = Object.assign(new WeakMap(), { own: 1 });
    expect(() => encode(promise)).toThrow(expect.objectContaining({ code: 'DP7001' }));
  });

  test.each<[string, (inner: unknown) => unknown]>([
    ['objects', (inner) => ({ a: inner })],
    ['arrays', (inner) => [inner]],
    ['maps', (inner) => new Map([[1, inner]])],
    ['sets', (inner) => new Set([inner])],
    ['causes', (inner) => new Error('a', { cause: inner })],
    [
      'instances',
      (inner) =>
        new (class Node {
          next = inner;
        })(),
    ],
  ])('%s nested without measure do not exhaust the stack', (_name, wrap) => {
    let value: unknown = null;
    for (let depth = 0; depth < 100_000; depth++) value = wrap(value);
    expect(() => encode(value)).toThrow(/^\$.{1,300}… is nested more than 1000 levels deep$/);
  });
});

describe('JSON carries', () => {
  const tree = { a: [1, 'x', true, null, { b: {} }], __proto__: null };

  test('plain data exactly', () => {
    expect(survey(tree).fits).toBe('json');
    expect(survey(runInNewContext('({ a: [1] }).a[0]')).fits).toBe('json');
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['minus zero', -0],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['a bigint', 1n],
    ['a hole', Object.assign([], { length: 1 })],
    ['a named property of an array', Object.assign([1], { a: 1 })],
    ['a hole beside a named property', Object.assign([], { 1: 1, a: 1 })],
    ['a date', new Date()],
    [
      'a class with toJSON',
      new (class Money {
        cents = 1;
        toJSON = 1;
      })(),
    ],
    ['a plain object of another realm', runInNewContext('({})')],
  ])('%s not', (_name, value) => {
    expect(survey([value]).fits).toBe('clone');
    expect(survey({ value }).fits).toBe('clone');
  });

  test('shared and circular references not', () => {
    const shared = {};
    expect(survey([shared, shared]).fits).toBe('clone');
    const ring: unknown[] = [];
    ring.push(ring);
    expect(survey(ring).fits).toBe('clone');
  });

  test(`values of ${DEEPEST} levels`, () => {
    let value: unknown = 1;
    for (let depth = 0; depth < DEEPEST; depth++) value = { value };
    expect(survey(value).fits).toBe('json');
  });
});
