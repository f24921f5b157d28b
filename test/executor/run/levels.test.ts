import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Levels } from '../../../src/executor/run/levels.ts';
import { anyDag, needsOf } from '../../planner/graphs.ts';
import { graphPipeline, planOf } from '../../planner/pipelines.ts';

/** Two tasks, then one, then two. */
const plan = planOf(
  graphPipeline(
    new Map([
      ['a', []],
      ['b', []],
      ['c', ['a', 'b']],
      ['d', ['c']],
      ['e', ['c']],
    ]),
  ),
);

describe('levels', () => {
  test('begin once, and end with the last of their tasks', () => {
    const levels = new Levels(plan, false);
    expect([levels.begins(0), levels.begins(0), levels.begins(1)]).toEqual([true, false, true]);
    expect([levels.ends(0), levels.ends(0)]).toEqual([false, true]);
    expect([levels.size(0), levels.size(1), levels.size(2), levels.size(3)]).toEqual([2, 1, 2, 0]);
  });

  test('hold no task back without lockstep', () => {
    expect(new Levels(plan, false).holds(2, 4)).toBe(false);
  });
});

describe('with a barrier', () => {
  test('tasks of a later level are held until every task before them has ended', () => {
    const levels = new Levels(plan, true);
    expect(levels.holds(0, 0)).toBe(false);
    expect([levels.holds(1, 2), levels.holds(2, 3)]).toEqual([true, true]);
    levels.ends(0);
    expect(levels.released()).toEqual([]);
    levels.ends(0);
    expect(levels.released()).toEqual([2]);
    expect(levels.released()).toEqual([]);
    expect(levels.holds(1, 9)).toBe(false);
  });

  test('a level that ended before its turn, all skipped, is passed over', () => {
    const levels = new Levels(plan, true);
    levels.holds(2, 3);
    levels.ends(1);
    expect(levels.released()).toEqual([]);
    levels.ends(0);
    levels.ends(0);
    expect(levels.released()).toEqual([3]);
  });

  test('no task starts before every task of the levels before it has ended, and all start', () => {
    fc.assert(
      fc.property(anyDag, fc.array(fc.nat()), (graph, picks) => {
        const { tasks, levels: names } = planOf(graphPipeline(needsOf(graph)));
        const levels = new Levels({ ...plan, tasks, levels: names }, true);
        // All are ready at once: only the barrier keeps them apart.
        const running = tasks.flatMap(({ level }, i) => (levels.holds(level, i) ? [] : [i]));
        const ended: number[] = [];
        for (let turn = 0; running.length > 0; turn++) {
          const [task] = running.splice((picks[turn] ?? 0) % running.length, 1);
          const { level } = tasks[task!]!;
          const before = [...tasks.keys()].filter((i) => tasks[i]!.level < level);
          expect(before.every((i) => ended.includes(i))).toBe(true);
          ended.push(task!);
          levels.ends(level);
          running.push(...levels.released());
        }
        expect(ended).toHaveLength(tasks.length);
      }),
    );
  });
});
