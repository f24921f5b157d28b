import { expect, test } from 'vitest';
import { withDescendants } from '../../../src/executor/workers/thread-children.ts';

test('what descends from a child is ended with it; what leads a group of its own left on purpose', () => {
  const all = [
    { pid: 10, parent: 1, group: 1 },
    { pid: 13, parent: 12, group: 1 },
    { pid: 12, parent: 10, group: 1 },
    { pid: 14, parent: 10, group: 14 },
    { pid: 15, parent: 14, group: 14 },
    { pid: 20, parent: 1, group: 1 },
  ];
  expect(withDescendants([10], all)).toEqual(new Set([10, 12, 13]));
  expect(withDescendants([10, 20], [])).toEqual(new Set([10, 20]));
});
