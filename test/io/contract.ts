/** What every IoManager keeps to. An adapter proves itself by running this suite. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IoManager, Saved, StoredResult } from '../../src/io/io-manager.ts';
import { decodeInline } from '../../src/io/stored-value.ts';
import type { ResultAddress, ResultRef } from '../../src/model/result.ts';
import { faultCode } from './samples.ts';

/** `open` gives a manager over an empty store, a new one each time. */
export function ioManagerContract(open: () => IoManager): void {
  const at: ResultAddress = { run: 'run1', task: 'clean', id: '1.abc' };
  const backAndForth = async (value: unknown): Promise<unknown> => {
    const io = open();
    return io.load((await io.save(at, value)).ref);
  };

  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 12.5],
    ['minus zero', -0],
    ['NaN', NaN],
    ['infinity', -Infinity],
    ['a bigint', 2n ** 100n],
    ['a string', 'naïve ☃ 𝄞'],
    ['an empty string', ''],
    ['a string with a byte order mark, zeros and line ends', '\ufeffa\0b\r\nc\n'],
    ['half a surrogate pair', 'a\ud834b'],
    ['plain data', { rows: [{ id: 1, tags: ['a'] }], none: null, ok: true }],
    ['an undefined property', { a: undefined, b: [undefined] }],
    ['a key called __proto__', JSON.parse('{"__proto__": {"a": 1}, "b": 2}')],
    ['a date', { when: new Date(0), never: new Date(NaN) }],
    ['a map and a set', { map: new Map([[{ key: 1 }, new Set([1, 'a'])]]) }],
    ['a regular expression', [/a+/giu]],
    ['holes', Object.assign([], { length: 3, 1: 'a' })],
    ['named properties of an array', 'abc'.match(/b/)],
    ['boxed primitives', [Object('a'), Object(1), Object(true), Object(1n)]],
    ['an empty array buffer', new ArrayBuffer(0)],
    [
      'views',
      [new Float64Array([1.5, NaN]), new Float16Array([1]), new DataView(new ArrayBuffer(3))],
    ],
    ['bytes within', { png: Buffer.from('abc'), raw: new Uint8Array([1, 2]) }],
    ['a Buffer', Buffer.from([0, 255, 10])],
    ['bytes', new Uint8Array([0, 255, 10])],
    ['no bytes', new Uint8Array(0)],
  ])('%s comes back equal', async (_name, value) => {
    expect(await backAndForth(value)).toStrictEqual(value);
  });

  test('an error comes back with its message, stack and cause', async () => {
    const error = new TypeError('no', { cause: { code: 7 } });
    const back = await backAndForth(error);
    expect(back).toBeInstanceOf(TypeError);
    expect(back).toMatchObject({ message: 'no', stack: error.stack, cause: { code: 7 } });
  });

  test('shared and circular references stay so', async () => {
    const shared = { a: 1 };
    const value: Record<string, unknown> = { left: shared, right: [shared] };
    value['self'] = value;
    const back = (await backAndForth(value)) as { left: object; right: object[]; self: object };
    expect(back.right[0]).toBe(back.left);
    expect(back.self).toBe(back);
  });

  test('an instance of a class comes back as its own data', async () => {
    class Point {
      x = 1;
      get double(): number {
        return this.x * 2;
      }
    }
    expect(await backAndForth([new Point()])).toStrictEqual([{ x: 1 }]);
  });

  test('whatever can be cloned comes back as its clone, on disk and riding along', async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
    });
    const io = open();
    await fc.assert(
      fc.asyncProperty(anything.filter(isDefined), async (value) => {
        const { ref, inline } = await io.save(at, value);
        const clone = structuredClone(value);
        expect(await io.load(ref)).toStrictEqual(clone);
        expect(decodeInline(ref, inline!)).toStrictEqual(clone);
      }),
    );
  });

  test('undefined is stored nowhere and comes back', async () => {
    const io = open();
    const { ref, inline } = await io.save(at, undefined);
    expect(ref).toEqual({ is: 'void' });
    expect(inline).toBeUndefined();
    expect(await io.load(ref)).toBeUndefined();
    expect(await io.has(ref)).toBe(true);
    expect(await listed(io)).toEqual([]);
  });

  test('the reference tells text, bytes and values apart, and their size', async () => {
    const io = open();
    expect((await io.save(at, 'é')).ref).toMatchObject({ is: 'text', bytes: 2, ...at });
    expect((await io.save(at, Buffer.from('abc'))).ref).toMatchObject({ is: 'bytes', bytes: 3 });
    expect((await io.save(at, [1])).ref).toMatchObject({ is: 'value', bytes: 3 });
  });

  test('equal values have equal digests; text, bytes and values never share one', async () => {
    const io = open();
    const digest = async (value: unknown): Promise<unknown> => digestOf(await io.save(at, value));
    expect(await digest([1, 'a'])).toBe(await digest([0.5 + 0.5, 'xab'.slice(1, 2)]));
    const digests = [await digest('[1]'), await digest([1]), await digest(Buffer.from('[1]'))];
    expect(new Set(digests).size).toBe(3);
  });

  test('a small value rides along, a large one does not', async () => {
    const io = open();
    const small = await io.save(at, { a: [1, 'x'] });
    expect(small.inline!.byteLength).toBeLessThanOrEqual(16 * 1024);
    // As another thread receives it: alone, in memory of its own.
    const sent = structuredClone(small.inline!);
    expect(sent.buffer.byteLength).toBe(small.inline!.byteLength);
    expect(decodeInline(small.ref, sent)).toStrictEqual({ a: [1, 'x'] });
    expect((await io.save(at, 'x'.repeat(16 * 1024))).inline).toBeUndefined();
  });

  test('what is loaded twice shares no memory', async () => {
    const io = open();
    for (const value of [new Uint8Array([1]), Buffer.from([1]), [new Uint8Array([1])]]) {
      const { ref, inline } = await io.save(at, value);
      const [a, b] = [decodeInline(ref, inline!), decodeInline(ref, inline!)];
      (Array.isArray(a) ? (a[0] as Uint8Array) : (a as Uint8Array))[0] = 9;
      expect(b).toStrictEqual(value);
      expect(await io.load(ref)).toStrictEqual(value);
    }
  });

  test('what the value becomes after it was saved does not matter', async () => {
    const io = open();
    const value = { rows: [1] };
    const saving = io.save(at, value);
    value.rows.push(2);
    expect(await io.load((await saving).ref)).toEqual({ rows: [1] });
  });

  test('50 MB pass', async () => {
    const text = 'straße '.repeat(7_000_000);
    expect((await backAndForth(text)) === text).toBe(true);
  });

  test('a value that cannot be kept leaves nothing behind', async () => {
    const io = open();
    await expect(io.save(at, { rows: [{ callback: () => 1 }] })).rejects.toMatchObject({
      code: 'DP7001',
      message: '$.rows[0].callback is a function',
    });
    expect(await listed(io)).toEqual([]);
  });

  test('what was never saved is absent', async () => {
    const io = open();
    const ref: ResultRef = { is: 'value', ...at, bytes: 1, digest: '0'.repeat(64) };
    expect(await io.has(ref)).toBe(false);
    expect(await faultCode(io.load(ref))).toBe('DP7002');
    const stream: ResultRef = { ...ref, is: 'stream', items: 1 };
    expect(await io.has(stream)).toBe(false);
    expect(await faultCode(io.load(stream))).toBe('DP7002');
    expect(await faultCode(collect(io.loadStream(stream)))).toBe('DP7002');
    expect(await faultCode(io.loadItem(stream, 0))).toBe('DP7002');
  });

  test('a reference does not open what has taken the place of its value', async () => {
    const io = open();
    const { ref } = await io.save(at, [1]);
    const { ref: later } = await io.save(at, [2]);
    expect(await io.has(ref)).toBe(false);
    expect(await faultCode(io.load(ref))).toBe('DP7002');
    expect(await io.load(later)).toEqual([2]);
  });

  test('a list loads as an array, in order, lists within lists', async () => {
    const io = open();
    const save = async (id: string, value: unknown): Promise<ResultRef> =>
      (await io.save({ ...at, id }, value)).ref;
    const inner: ResultRef = { is: 'list', items: [await save('b', 'two'), { is: 'void' }] };
    const list: ResultRef = { is: 'list', items: [await save('a', 1), inner, await save('c', 3)] };
    expect(await io.load(list)).toEqual([1, ['two', undefined], 3]);
    expect(await io.has(list)).toBe(true);
    await io.clear(at.run);
    expect(await io.has(list)).toBe(false);
    expect(await faultCode(io.load(list))).toBe('DP7002');
  });

  test('lists nested without measure do not exhaust the stack', async () => {
    const io = open();
    let list: ResultRef = { is: 'void' };
    for (let depth = 0; depth < 100_000; depth++) list = { is: 'list', items: [list] };
    expect(await io.has(list)).toBe(true);
    expect(await io.load(list)).toHaveLength(1);
  });

  test('a list can be gone through as a stream', async () => {
    const io = open();
    const items = [(await io.save(at, 'a')).ref, { is: 'void' }] as const;
    expect(await collect(io.loadStream({ is: 'list', items }))).toEqual(['a', undefined]);
  });

  test.each<[string, unknown[]]>([
    ['no items', []],
    ['one', [{ a: 1 }]],
    [
      'of every kind',
      ['text\nwith\nlines', undefined, 1n, [], new Date(0), 'ÿ', Buffer.from('a'), null],
    ],
    ['large ones', ['a'.repeat(3_000_000), new Uint8Array(2_000_000), 'b']],
    ['many', Array.from({ length: 100_000 }, (_, n) => ({ n, name: `row ${n}`, odd: n % 2 }))],
  ])('a stream of items comes back: %s', async (_name, items) => {
    const io = open();
    const { ref, inline } = await io.saveStream(at, items);
    expect(ref).toMatchObject({ is: 'stream', items: items.length, ...at });
    expect(inline).toBeUndefined();
    expect(await io.has(ref)).toBe(true);
    const loaded = (await io.load(ref)) as AsyncIterable<unknown>;
    expect(await collect(loaded)).toStrictEqual(items);
    expect(await collect(loaded)).toStrictEqual(items);
  });

  test('items of a stream can be loaded one by one', async () => {
    const io = open();
    const { ref } = await io.saveStream(at, numbered(200_000));
    for (const n of [0, 1, 54_321, 199_999]) expect(await io.loadItem(ref, n)).toEqual({ n });
    for (const n of [-1, 0.5, 200_000, NaN]) {
      expect(await faultCode(io.loadItem(ref, n))).toBe('DP7002');
    }
  });

  test('the same items have the same digest', async () => {
    const io = open();
    const once = await io.saveStream(at, numbered(1000));
    const again = await io.saveStream({ ...at, id: '2' }, Array.from(numbered(1000)));
    expect(digestOf(again)).toBe(digestOf(once));
    expect(digestOf(await io.saveStream(at, numbered(999)))).not.toBe(digestOf(once));
  });

  test('a producer may use the same object for every item', async () => {
    const io = open();
    const { ref } = await io.saveStream(
      at,
      (function* () {
        const row = { n: 0, when: new Date(0) };
        for (row.n = 0; row.n < 3; row.n++) yield row;
      })(),
    );
    expect(await collect(io.loadStream(ref))).toMatchObject([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  test('a stream tells how many items are stored', async () => {
    const told: number[] = [];
    await open().saveStream(at, numbered(200_000), { onStored: (items) => told.push(items) });
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(200_000);
  });

  test('a stream that fails is absent, and its producer is closed', async () => {
    const io = open();
    let closed = false;
    const failing = (function* () {
      try {
        yield* numbered(100_000);
        yield { callback: () => 1 };
      } finally {
        closed = true;
      }
    })();
    await expect(io.saveStream(at, failing)).rejects.toMatchObject({
      code: 'DP7001',
      message: '$[100000].callback is a function',
    });
    expect(closed).toBe(true);
    expect(await listed(io)).toEqual([]);
  });

  test('a stream throws what its producer throws', async () => {
    const failing = (function* () {
      yield 1;
      throw new Error('no more');
    })();
    await expect(open().saveStream(at, failing)).rejects.toThrow('no more');
  });

  test('an abort ends a stream whose producer hangs, and nothing is stored later', async () => {
    const io = open();
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const hanging = (async function* () {
      yield 1;
      await promise;
      yield 2;
    })();
    const saving = io.saveStream(at, hanging, { signal: stop.signal });
    stop.abort(new Error('cancelled'));
    await expect(saving).rejects.toThrow('cancelled');
    resolve();
    await hanging.return();
    expect(await listed(io)).toEqual([]);
  });

  test('an abort before the start takes no item', async () => {
    let asked = 0;
    const counting = (function* () {
      yield ++asked;
    })();
    const signal = AbortSignal.abort(new Error('early'));
    await expect(open().saveStream(at, counting, { signal })).rejects.toThrow('early');
    expect(asked).toBe(0);
  });

  test('a stream that failed leaves its beginning, and another one goes on behind it', async () => {
    const io = open();
    const failing = (function* () {
      yield* numbered(100_000);
      throw new Error('midway');
    })();
    await expect(io.saveStream(at, failing, { isResumable: true })).rejects.toThrow('midway');
    expect(await io.beginningOf(at)).toBe(100_000);
    const next = { ...at, id: '2' };
    const rest = Array.from(numbered(120_000)).slice(100_000);
    const goesOn = { from: at, items: 100_000 };
    const { ref } = await io.saveStream(next, rest, { goesOn });
    expect(await collect(io.loadStream(ref))).toEqual(Array.from(numbered(120_000)));
    const whole = await io.saveStream({ ...at, id: '3' }, numbered(120_000));
    expect(digestOf({ ref })).toBe(digestOf(whole));
    expect(await io.has(ref)).toBe(true);
  });

  test('a stream goes on behind nothing else than what was found', async () => {
    const io = open();
    await io.saveStream(at, numbered(10));
    expect(await io.beginningOf(at)).toBe(10);
    expect(await io.beginningOf({ ...at, id: 'none' })).toBe(0);
    const next = { ...at, id: '2' };
    for (const items of [9, 11]) {
      const saving = io.saveStream(next, [], { goesOn: { from: at, items } });
      expect(await faultCode(saving)).toBe('DP7002');
    }
  });

  test('a reader of a stream may stop early', async () => {
    const io = open();
    const { ref } = await io.saveStream(at, numbered(10));
    for await (const item of io.loadStream(ref)) {
      expect(item).toEqual({ n: 0 });
      break;
    }
  });

  test('results are listed with their sizes and digests, by run and task', async () => {
    const io = open();
    const saved = [
      await io.save(at, [1]),
      await io.save({ ...at, id: 'x.val' }, 'text'),
      await io.save({ ...at, task: 'report' }, Buffer.from('abc')),
      await io.saveStream({ ...at, task: 'rows' }, numbered(3)),
    ];
    await io.save({ ...at, run: 'run2' }, 'elsewhere');
    expect(await listed(io)).toEqual(sorted(saved.map(({ ref }) => storedOf(ref))));
    expect(await listed(io, 'report')).toEqual([storedOf(saved[2]!.ref)]);
    expect(await listed(io, 'unknown')).toEqual([]);
  });

  test('clearing a task or a run leaves the others alone', async () => {
    const io = open();
    const { ref: a } = await io.save(at, 1);
    const { ref: b } = await io.saveStream({ ...at, task: 'rows' }, numbered(3));
    const { ref: c } = await io.save({ ...at, run: 'run2' }, 3);
    await io.clear(at.run, at.task);
    expect([await io.has(a), await io.has(b), await io.has(c)]).toEqual([false, true, true]);
    await io.clear(at.run);
    await io.clear(at.run);
    expect([await io.has(b), await io.has(c)]).toEqual([false, true]);
    expect(await io.has((await io.save(at, 1)).ref)).toBe(true);
  });

  test('flushing runs and tasks with results, and without, settles', async () => {
    const io = open();
    await io.flush(at.run);
    const { ref } = await io.save(at, 1);
    await io.saveStream({ ...at, task: 'rows' }, numbered(3));
    await io.flush(at.run, at.task);
    await io.flush(at.run);
    expect(await io.has(ref)).toBe(true);
  });

  test.each([
    '../a',
    '..',
    '.',
    '',
    'a/b',
    'a\\b',
    '.a',
    'a\0',
    '/etc',
    'a b',
    'é',
    'a'.repeat(300),
  ])('the unsafe name %j is refused everywhere', async (name) => {
    const io = open();
    const unsafe = [{ run: name }, { task: name }, { id: name }];
    for (const part of unsafe) {
      const address = { ...at, ...part };
      const ref: ResultRef = { is: 'text', ...address, bytes: 1, digest: '0'.repeat(64) };
      const stream: ResultRef = { ...ref, is: 'stream', items: 1 };
      expect(await faultCode(io.save(address, 1))).toBe('DP7003');
      expect(await faultCode(io.save(address, undefined))).toBe('DP7003');
      expect(await faultCode(io.saveStream(address, []))).toBe('DP7003');
      expect(await faultCode(io.load(ref))).toBe('DP7003');
      expect(await faultCode(io.has(ref))).toBe('DP7003');
      expect(await faultCode(collect(io.loadStream(stream)))).toBe('DP7003');
    }
    for (const [run, task] of [[name], [at.run, name]] as const) {
      expect(await faultCode(io.clear(run, task))).toBe('DP7003');
      expect(await faultCode(io.flush(run, task))).toBe('DP7003');
      expect(await faultCode(collect(io.list(run, task)))).toBe('DP7003');
    }
  });

  async function listed(io: IoManager, task?: string): Promise<StoredResult[]> {
    return sorted(await collect(io.list(at.run, task)));
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function* numbered(count: number): Generator<{ n: number }> {
  for (let n = 0; n < count; n++) yield { n };
}

function isDefined(value: unknown): boolean {
  return value !== undefined;
}

function digestOf({ ref }: Saved): string {
  return storedOf(ref).digest;
}

function storedOf(ref: ResultRef): StoredResult {
  if (!('id' in ref)) throw new Error(`${ref.is} is stored nowhere`);
  const { task, id, bytes, digest } = ref;
  return { task, id, bytes, digest };
}

function sorted(results: StoredResult[]): StoredResult[] {
  return results.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function placeOf({ task, id }: StoredResult): string {
  return `${task}/${id}`;
}
