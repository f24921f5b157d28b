import { describe, expect, test } from 'vitest';
import { selectionOf } from '../../src/app/planning/selection.ts';

describe('a selection', () => {
  test.for([
    [{}, {}],
    [{ tasks: ['a'] }, { names: ['a'] }],
    [
      { tasks: ['a'], until: ['b'], only: ['c'] },
      { names: ['a', 'b', 'c'], only: true },
    ],
    [
      { tasks: ['a'], only: true },
      { names: ['a'], only: true },
    ],
    [
      { tags: ['t'], only: true },
      { tags: ['t'], only: true },
    ],
    [{ shard: { index: 1, count: 2 } }, { shard: { index: 1, count: 2 } }],
  ] as const)('of %j is %j', ([asked, selection]) => {
    expect(selectionOf(asked)).toEqual({ selection });
  });

  test.for([
    [{ tags: [] }, 'tags'],
    [{ until: [] }, 'until'],
    [{ tasks: ['a'], only: [] }, 'only'],
    [{ only: true }, 'only'],
  ] as const)('of %j is refused: %s names nothing', ([asked, part]) => {
    expect(selectionOf(asked)).toEqual({ namesNothing: part });
  });
});
