import { expect, test } from 'vitest';
import { Rig } from './rig.ts';

test('every kind of function gives its value to the next task', async () => {
  using rig = new Rig(`
    export const sync = () => 1;
    export const later = async () => 2;
    export function* many() { yield 3; yield 4; }
    export async function* stream() { yield 5; yield 6; }
    export const nothing = () => {};
    export const all = async ({ sync, later, many, stream, nothing }) => {
      const items = [];
      for await (const item of many) items.push(item);
      for await (const item of stream) items.push(item);
      return [sync, later, items, nothing];
    };`);
  const ran = await rig.run(`
tasks:
  sync: {}
  later: {}
  many: {}
  stream: { stream_output: true }
  nothing: {}
  all: { needs: [sync, later, many, stream, nothing] }`);
  expect(ran.status).toBe('succeeded');
  expect(await ran.output('all')).toEqual([1, 2, [3, 4, 5, 6], undefined]);
});
