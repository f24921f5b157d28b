/** What every IoManager does with a value. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IoManager } from '../../../src/io/io-manager.ts';
import { decodeInline } from '../../../src/io/stored-value.ts';
import type { ResultRef } from '../../../src/model/result.ts';
import { faultCode } from '../samples.ts';
import { at, collect, digestOf, listed } from './shared.ts';

export function storedValuesContract(open: () => IoManager): void {
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
}

function isDefined(value: unknown): boolean {
  return value !== undefined;
}
