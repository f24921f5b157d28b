/** What every IoManager does with a list of results. */
import { expect, test } from 'vitest';
import type { IoManager } from '../../../src/io/io-manager.ts';
import type { ResultRef } from '../../../src/model/result.ts';
import { faultCode } from '../samples.ts';
import { at, collect } from './shared.ts';

export function storedListsContract(open: () => IoManager): void {
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
}
