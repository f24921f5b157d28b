/** How every IoManager finds, removes and secures results by run and task, and which names it refuses. */
import { expect, test } from 'vitest';
import type { IoManager } from '../../../src/io/io-manager.ts';
import type { ResultRef } from '../../../src/model/result.ts';
import { faultCode } from '../samples.ts';
import { at, collect, listed, numbered, sorted, storedOf } from './shared.ts';

export function addressesContract(open: () => IoManager): void {
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
    expect(await io.clear(at.run, at.task)).toBe(1);
    expect([await io.has(a), await io.has(b), await io.has(c)]).toEqual([false, true, true]);
    expect([await io.clear(at.run), await io.clear(at.run)]).toEqual([1, 0]);
    expect([await io.has(b), await io.has(c)]).toEqual([false, true]);
    expect(await io.has((await io.save(at, 1)).ref)).toBe(true);
  });

  test('the reference to what is stored under an address is found, in any form', async () => {
    const io = open();
    expect(await io.find(at)).toBeUndefined();
    const values = [{ n: 1 }, 'text', Buffer.from('abc')];
    for (const [index, value] of values.entries()) {
      const { ref } = await io.save({ ...at, id: String(index) }, value);
      expect(await io.find({ ...at, id: String(index) })).toEqual(ref);
    }
    const { ref } = await io.saveStream(at, numbered(3));
    expect(await io.find(at)).toEqual(ref);
  });

  test('what is stored under an address in other forms goes', async () => {
    const io = open();
    const { ref: text } = await io.save(at, 'text');
    const { ref: value } = await io.save(at, [1]);
    const { ref: elsewhere } = await io.save({ ...at, id: 'other' }, 'text');
    await io.keepOnly(at, 'value');
    expect([await io.has(text), await io.has(value), await io.has(elsewhere)]).toEqual([
      false,
      true,
      true,
    ]);
    await io.keepOnly(at, undefined);
    expect([await io.find(at), await io.has(elsewhere)]).toEqual([undefined, true]);
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
      expect(await faultCode(io.find(address))).toBe('DP7003');
      expect(await faultCode(io.keepOnly(address, undefined))).toBe('DP7003');
      expect(await faultCode(collect(io.loadStream(stream)))).toBe('DP7003');
    }
    for (const [run, task] of [[name], [at.run, name]] as const) {
      expect(await faultCode(io.clear(run, task))).toBe('DP7003');
      expect(await faultCode(io.flush(run, task))).toBe('DP7003');
      expect(await faultCode(collect(io.list(run, task)))).toBe('DP7003');
    }
  });
}
