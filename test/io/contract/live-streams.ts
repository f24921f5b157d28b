/** What every IoManager keeps to when streams are read while they are written; both ends are in this thread. */
import { expect, test } from 'vitest';
import type { IoManager } from '../../../src/io/io-manager.ts';
import { LiveReader, LiveStream, LiveWriter } from '../../../src/io/live-stream.ts';
import { Waiting } from '../../../src/io/waiting.ts';
import type { ResultAddress } from '../../../src/model/result.ts';

export function liveStreamContract(open: () => IoManager): void {
  test('an item is read before the next one is there', async () => {
    const { writer, read } = ends(open());
    const second = Promise.withResolvers<void>();
    const saving = writer(
      (async function* () {
        yield 'first';
        await second.promise;
        yield 'second';
      })(),
    );
    const items = read()[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ value: 'first', done: false });
    second.resolve();
    expect(await items.next()).toEqual({ value: 'second', done: false });
    expect(await items.next()).toEqual({ value: undefined, done: true });
    await saving;
  });

  test('all items come, in order and of every kind, whether shown or stored', async () => {
    const io = open();
    const { at, writer, read } = ends(io, 2);
    const made = Array.from({ length: 30_000 }, (_, n) =>
      n % 1000 === 7 ? new Map([[n, 'v8']]) : { n, text: 'ÿ'.repeat(n % 90) },
    );
    const saving = writer(made);
    const [one, other] = await Promise.all([collect(read(0)), collect(read(1))]);
    expect(one).toEqual(made);
    expect(other).toEqual(made);
    const { ref } = await saving;
    expect(ref).toEqual({ ...(await io.saveStream({ ...at, id: '2' }, made)).ref, ...at });
    expect(await collect(io.loadStream(ref))).toEqual(made);
  });

  test('items too large to be shown are read once they are stored', async () => {
    const { writer, read } = ends(open());
    const made = ['a'.repeat(600_000), 'ÿ'.repeat(900_000), new Uint8Array(3_000_000), 'b'];
    const saving = writer(made);
    expect(await collect(read())).toEqual(made);
    await saving;
  });

  test('the writer stays near a reader, and continues without one', async () => {
    const { writer, read, stream } = ends(open());
    let made = 0;
    const saving = writer(
      (function* () {
        for (; made < 50_000; made++) yield made;
      })(),
    );
    const items = read()[Symbol.asyncIterator]();
    for (let n = 0; n < 10_000; n++) {
      expect((await items.next()).value).toBe(n);
      if (n % 500 === 0) await turns(50);
      expect(made - n).toBeLessThan(1_200);
    }
    stream.release(0);
    await saving;
    expect(made).toBe(50_000);
    expect((await items.next()).value).toBe(10_000);
  });

  test('a reader that stops holds nobody back', async () => {
    const { writer, read } = ends(open());
    const saving = writer(Array.from({ length: 50_000 }, (_, n) => n));
    for await (const item of read()) if (item === 10) break;
    expect((await saving).ref).toMatchObject({ items: 50_000 });
  });

  test('nor does one whose attempt waits at another stream, or has ended', async () => {
    const io = open();
    const [one, other] = [ends(io), ends(io)];
    const waiting = new Waiting();
    const saving = one.writer(Array.from({ length: 50_000 }, (_, n) => n));
    const items = one.read(0, { waiting })[Symbol.asyncIterator]();
    await items.next();
    const stuck = other.read(0, { waiting })[Symbol.asyncIterator]().next();
    expect((await saving).ref).toMatchObject({ items: 50_000 });
    other.stream.break();
    await expect(stuck).rejects.toMatchObject({ code: 'DP7005' });
    waiting.end();
    expect(waiting.elapsed).toBeGreaterThan(0);
  });

  test('a stream that breaks off throws at the next item, whatever has been read', async () => {
    const { writer, read, stream } = ends(open());
    const stop = new AbortController();
    const hanging = (async function* () {
      yield 1;
      yield 2;
      await new Promise(() => undefined);
    })();
    const saving = writer(hanging, stop.signal);
    const items = read()[Symbol.asyncIterator]();
    await items.next();
    stream.break();
    await expect(items.next()).rejects.toMatchObject({ code: 'DP7005' });
    await expect(read()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'DP7005' });
    stop.abort(new Error('stopped'));
    await expect(saving).rejects.toThrow('stopped');
  });

  test('an abort ends a reader that waits, and a writer that is held back', async () => {
    const { writer, read } = ends(open());
    const [stopReader, stopWriter] = [new AbortController(), new AbortController()];
    const early = read(0, { signal: stopReader.signal })[Symbol.asyncIterator]().next();
    stopReader.abort(new Error('enough'));
    await expect(early).rejects.toThrow('enough');
    const saving = writer(
      Array.from({ length: 50_000 }, (_, n) => n),
      stopWriter.signal,
    );
    const held = read()[Symbol.asyncIterator]();
    await held.next();
    await turns(20);
    stopWriter.abort(new Error('stopped'));
    await expect(saving).rejects.toThrow('stopped');
  });
}

function ends(io: IoManager, readers = 1) {
  const stream = LiveStream.for(readers);
  const at: ResultAddress = { run: 'run1', task: 'numbers', id: `live${++streams}` };
  return {
    at,
    stream,
    writer: (items: Iterable<unknown> | AsyncIterable<unknown>, signal?: AbortSignal) => {
      const live = new LiveWriter(stream.memory, new Waiting());
      return io.saveStream(at, items, signal === undefined ? { live } : { live, signal });
    },
    read: (
      reader = 0,
      { waiting = new Waiting(), signal }: { waiting?: Waiting; signal?: AbortSignal } = {},
    ) => io.loadLive(at, new LiveReader({ memory: stream.memory, reader }, waiting, signal)),
  };
}

let streams = 0;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  return Array.fromAsync(items);
}
