import { mkdtempDisposableSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesystemIo, type IoManager } from 'dp';

const at = { run: 'run1', task: 'clean', id: 'result' };

test('a result is loaded by its address, and by its reference', async () => {
  using store = newStore();
  const ref = await store.io.save(at, { rows: [1, 2] });
  expect(ref).toMatchObject({ is: 'value', ...at });
  expect([await store.io.load(at), await store.io.load(ref)]).toEqual([
    { rows: [1, 2] },
    { rows: [1, 2] },
  ]);
  expect([await store.io.has(at), await store.io.has(ref)]).toEqual([true, true]);
});

test('an address has one result: saving it in another form replaces it', async () => {
  using store = newStore();
  const old = await store.io.save(at, 'text');
  await store.io.saveStream(at, [1, 2, 3]);
  expect(await Array.fromAsync(store.io.loadStream(at))).toEqual([1, 2, 3]);
  expect(await store.io.has(old)).toBe(false);
  await store.io.save(at, { now: 'a value' });
  expect(await store.io.load(at)).toEqual({ now: 'a value' });
  expect(readdirSync(join(store.folder, 'runs/run1/results/clean'))).toEqual(['result.val']);
});

test('saving undefined leaves nothing under the address, and its reference loads', async () => {
  using store = newStore();
  await store.io.save(at, 1);
  const ref = await store.io.save(at, undefined);
  expect(await store.io.has(at)).toBe(false);
  expect(await store.io.load(ref)).toBeUndefined();
  await expect(store.io.load(at)).rejects.toMatchObject({ code: 'DP7002' });
});

test('a result that was replaced is not loaded by its old reference', async () => {
  using store = newStore();
  const ref = await store.io.save(at, 1);
  await store.io.save(at, 2);
  await expect(store.io.load(ref)).rejects.toMatchObject({ code: 'DP7002' });
  expect(await store.io.load(at)).toBe(2);
});

test('a result that is replaced again and again is always loaded whole, old or new', async () => {
  using store = newStore();
  const values = [{ n: 1 }, 'text', { n: 2 }];
  for (const value of values) await store.io.save(at, value);
  const writing = (async () => {
    for (let n = 0; n < 100; n++) await store.io.save(at, values[n % 3]);
  })();
  for (let n = 0; n < 100; n++) expect(values).toContainEqual(await store.io.load(at));
  await writing;
});

test('runs and results are listed, and clearing says how many results went', async () => {
  using store = newStore();
  const refs = [
    await store.io.save(at, 1),
    await store.io.saveStream({ ...at, task: 'rows' }, [1, 2]),
    await store.io.save({ ...at, task: 'rows', id: 'b' }, 'x'),
  ];
  await store.io.save({ ...at, run: 'run2' }, 1);
  const listed = await Array.fromAsync(store.io.list('run1'), ({ ref }) => ref);
  expect(listed).toEqual(expect.arrayContaining(refs));
  expect(listed).toHaveLength(3);
  expect((await Array.fromAsync(store.io.runs())).toSorted()).toEqual(['run1', 'run2']);
  expect(await store.io.clear('run1', 'rows')).toBe(2);
  expect(await store.io.clear('run1')).toBe(1);
  expect(await Array.fromAsync(store.io.runs())).toEqual(['run2']);
  await store.io.flush('run2');
  expect(await store.io.load({ ...at, run: 'run2' })).toBe(1);
});

test('an aborted stream is absent, and rejects with the reason', async () => {
  using store = newStore();
  const stop = new AbortController();
  const items = (function* () {
    yield 1;
    stop.abort(new Error('enough'));
    yield 2;
  })();
  const saving = store.io.saveStream(at, items, { signal: stop.signal });
  await expect(saving).rejects.toThrow('enough');
  expect(await store.io.has(at)).toBe(false);
});

test('unsafe names and values that cannot be kept are refused with a code', async () => {
  using store = newStore();
  await expect(store.io.save({ ...at, run: '../x' }, 1)).rejects.toMatchObject({ code: 'DP7003' });
  await expect(store.io.load({ ...at, id: '../x' })).rejects.toMatchObject({ code: 'DP7003' });
  await expect(store.io.save(at, () => 1)).rejects.toMatchObject({ code: 'DP7001' });
  await expect(Array.fromAsync(store.io.loadStream(at))).rejects.toMatchObject({ code: 'DP7002' });
});

function newStore(): { readonly io: IoManager; readonly folder: string } & Disposable {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'dp-library-io-'));
  return {
    io: filesystemIo({ folder: folder.path }),
    folder: folder.path,
    [Symbol.dispose]: () => folder.remove(),
  };
}
