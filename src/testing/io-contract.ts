/** What every IO manager does, as rows that any test runner can run. */
import assert from 'node:assert/strict';
import type { AddressedIo } from '../io/addressed-io.ts';
import type { ResultAddress } from '../model/result.ts';
import type { ContractRow } from './contract-row.ts';

export interface IoWorld {
  /** Gives a manager over an empty store, a new one each time. */
  readonly open: () => Promise<AddressedIo>;
}

/** `for (const { title, run } of ioContract({ open })) test(title, run)`. */
export function ioContract({ open }: IoWorld): readonly ContractRow[] {
  return Object.entries(ROWS).map(([title, check]) => ({
    title,
    run: async () => check(await open()),
  }));
}

const AT: ResultAddress = { run: 'run1', task: 'clean', id: 'result' };

const ROWS: Readonly<Record<string, (io: AddressedIo) => Promise<void>>> = {
  'a value comes back by its address and by its reference, as it was': async (io) => {
    for (const [index, value] of VALUES.entries()) {
      const at = { ...AT, id: `value-${index}` };
      const ref = await io.save(at, value);
      assert.deepEqual(await io.load(at), value);
      assert.deepEqual(await io.load(ref), value);
      assert.deepEqual([await io.has(at), await io.has(ref)], [true, true]);
    }
  },

  'a loaded value is a new one': async (io) => {
    const value = { rows: [1] };
    await io.save(AT, value);
    value.rows.push(2);
    const loaded = await io.load<typeof value>(AT);
    loaded.rows.push(3);
    assert.deepEqual(await io.load(AT), { rows: [1] });
  },

  'undefined leaves nothing under the address, and its reference loads': async (io) => {
    await io.save(AT, 1);
    const ref = await io.save(AT, undefined);
    assert.equal(await io.load(ref), undefined);
    assert.deepEqual([await io.has(ref), await io.has(AT)], [true, false]);
    await refuses('DP7002', () => io.load(AT));
  },

  'an address has one result, whatever its form': async (io) => {
    const first = await io.save(AT, 'text');
    await io.saveStream(AT, [1, 2]);
    assert.equal(await io.has(first), false);
    await io.save(AT, { value: true });
    assert.deepEqual(await io.load(AT), { value: true });
    assert.equal((await Array.fromAsync(io.list(AT.run))).length, 1);
  },

  'a reference is to exactly what was saved': async (io) => {
    const first = await io.save(AT, 1);
    const second = await io.save(AT, 2);
    await refuses('DP7002', () => io.load(first));
    assert.equal(await io.has(first), false);
    assert.equal(await io.load(second), 2);
  },

  'a stream comes back item by item, as often as it is read': async (io) => {
    const items = Array.from({ length: 5_000 }, (_, n) => ({ n }));
    const ref = await io.saveStream(AT, items);
    assert.deepEqual(await Array.fromAsync(io.loadStream(ref)), items);
    assert.deepEqual(await Array.fromAsync(io.loadStream(AT)), items);
    const loaded = await io.load<AsyncIterable<unknown>>(AT);
    for (const _ of [1, 2]) assert.deepEqual(await Array.fromAsync(loaded), items);
    for await (const item of io.loadStream<{ n: number }>(AT)) if (item.n === 3) break;
    await io.saveStream({ ...AT, id: 'empty' }, []);
    assert.deepEqual(await Array.fromAsync(io.loadStream({ ...AT, id: 'empty' })), []);
  },

  'a stream whose producer fails, or is aborted, is absent': async (io) => {
    const failing = (function* () {
      yield 1;
      throw new Error('no more rows');
    })();
    await assert.rejects(io.saveStream(AT, failing), /no more rows/);
    assert.equal(await io.has(AT), false);
    const stop = new AbortController();
    const aborting = (function* () {
      yield 1;
      stop.abort(new Error('enough'));
      yield 2;
    })();
    await assert.rejects(io.saveStream(AT, aborting, { signal: stop.signal }), /enough/);
    assert.equal(await io.has(AT), false);
  },

  'a result that is replaced again and again is loaded whole, old or new': async (io) => {
    const values = [{ n: 1 }, 'text', { n: 2 }];
    await io.save(AT, values[0]);
    const writing = (async () => {
      for (let n = 0; n < 30; n++) await io.save(AT, values[n % values.length]);
    })();
    for (let n = 0; n < 30; n++) {
      const loaded = await io.load(AT);
      const shown = JSON.stringify(loaded);
      assert.ok(
        values.some((value) => JSON.stringify(value) === shown),
        shown,
      );
    }
    await writing;
  },

  'results are listed by run and task, with sizes and digests': async (io) => {
    const refs = [
      await io.save(AT, 1),
      await io.save({ ...AT, id: 'other' }, 'text'),
      await io.saveStream({ ...AT, task: 'rows' }, [1, 2]),
    ];
    await io.save({ ...AT, run: 'run2' }, 1);
    const all = await Array.fromAsync(io.list(AT.run));
    assert.deepEqual(sorted(all.map(({ ref }) => ref)), sorted(refs));
    for (const { ref, task, id, bytes, digest } of all)
      assert.deepEqual([task, id, bytes, digest], [ref.task, ref.id, ref.bytes, ref.digest]);
    assert.equal((await Array.fromAsync(io.list(AT.run, 'rows'))).length, 1);
    assert.deepEqual(await Array.fromAsync(io.list('run3')), []);
    assert.deepEqual((await Array.fromAsync(io.runs())).toSorted(), ['run1', 'run2']);
  },

  'clearing tells how many results went, and leaves the others alone': async (io) => {
    await io.save(AT, 1);
    await io.save({ ...AT, id: 'other' }, 1);
    await io.saveStream({ ...AT, task: 'rows' }, [1]);
    const elsewhere = await io.save({ ...AT, run: 'run2' }, 1);
    assert.equal(await io.clear(AT.run, 'clean'), 2);
    assert.deepEqual([await io.clear(AT.run), await io.clear(AT.run)], [1, 0]);
    assert.deepEqual(await Array.fromAsync(io.runs()), ['run2']);
    assert.equal(await io.has(elsewhere), true);
  },

  'flushing settles, with results and without': async (io) => {
    await io.flush(AT.run);
    const ref = await io.save(AT, 1);
    await io.flush(AT.run);
    assert.equal(await io.has(ref), true);
  },

  'values that cannot be kept are refused, and leave what was there': async (io) => {
    await io.save(AT, 'before');
    for (const value of [() => 1, { deep: Symbol('x') }, Promise.resolve(1)])
      await refuses('DP7001', () => io.save(AT, value));
    await refuses('DP7001', () => io.saveStream({ ...AT, id: 'stream' }, [1, () => 1]));
    assert.equal(await io.load(AT), 'before');
  },

  'unsafe names are refused everywhere': async (io) => {
    for (const name of ['../a', '..', '.', '', 'a/b', 'a\\b', '.a', 'a\0', '/etc', 'a b', 'é']) {
      for (const part of [{ run: name }, { task: name }, { id: name }]) {
        const at = { ...AT, ...part };
        await refuses('DP7003', () => io.save(at, 1));
        await refuses('DP7003', () => io.saveStream(at, []));
        await refuses('DP7003', () => io.load(at));
        await refuses('DP7003', () => io.has(at));
      }
      await refuses('DP7003', () => io.clear(name));
      await refuses('DP7003', () => Array.fromAsync(io.list(name)));
    }
  },
};

const VALUES: readonly unknown[] = [
  { rows: [1, 2], nested: { ok: true, none: null } },
  'text, with é and 🎉',
  '',
  0,
  null,
  [undefined, 1n, new Date(0), new Map([['a', new Set([1])]])],
  Buffer.from([0, 1, 255]),
  new Uint8Array([1, 2, 3]),
];

async function refuses(code: string, act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(act, { name: 'Fault', code });
}

const sorted = (refs: readonly unknown[]): readonly string[] =>
  refs.map((ref) => JSON.stringify(ref)).toSorted();
