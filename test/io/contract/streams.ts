/** What every IoManager does with a stream of items. */
import { expect, test } from 'vitest';
import type { IoManager } from '../../../src/io/io-manager.ts';
import { faultCode } from '../samples.ts';
import { at, collect, digestOf, listed, numbered } from './shared.ts';

export function storedStreamsContract(open: () => IoManager): void {
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

  test('a stream that failed leaves its beginning, and another one continues behind it', async () => {
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

  test('a stream continues only after the items that were found', async () => {
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
}
