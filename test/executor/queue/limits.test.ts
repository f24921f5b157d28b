import { describe, expect, test } from 'vitest';
import { Limits, OPEN_LANE } from '../../../src/executor/queue/limits.ts';
import type { PlannedTask } from '../../../src/model/plan.ts';
import { pipelineFrom, planOf, registryOf, taskIn } from '../../planner/pipelines.ts';

const plan = planOf(
  await pipelineFrom(`name: p
modules: [./tasks.ts]
pools: { database: 2, other: 1 }
tasks:
  free: { task: work }
  query: { task: work, pool: database }
  load: { task: work, pool: database }
  command: { run: 'true' }
  dump: { run: 'true', pool: database }
  each: { task: work, map: { over: "\${[1, 2]}", as: row, max_parallel: 3 } }
  every: { task: work, map: { over: "\${[1, 2]}", as: row } }
  both: { task: work, pool: other, map: { over: "\${[1, 2]}", as: row, max_parallel: 3 } }
`),
  { registry: registryOf('work(row?)') },
);
const task = (name: string): PlannedTask => taskIn(plan, name);

describe('a lane', () => {
  test('is shared by units that share all their limits, and by no others', () => {
    const limits = new Limits(plan.pools, 2);
    const lane = (name: string): string => limits.laneOf(task(name));
    expect(lane('free')).toBe(OPEN_LANE);
    expect(lane('every')).toBe(OPEN_LANE);
    expect(lane('query')).toBe(lane('load'));
    const all = ['free', 'query', 'command', 'dump', 'each', 'both'].map(lane);
    expect(new Set(all).size).toBe(all.length);
  });

  test('is open while each of its limits has room', () => {
    const limits = new Limits(plan.pools, 2);
    const lane = limits.laneOf(task('query'));
    limits.take(task('query'));
    expect(limits.isOpen(lane)).toBe(true);
    limits.take(task('load'));
    expect(limits.isOpen(lane)).toBe(false);
    limits.giveBack(task('query'));
    expect(limits.isOpen(lane)).toBe(true);
  });

  test('without limits is always open', () => {
    const limits = new Limits(plan.pools, 2);
    limits.laneOf(task('free'));
    for (let i = 0; i < 100; i++) limits.take(task('free'));
    expect(limits.isOpen(OPEN_LANE)).toBe(true);
  });

  test('of a pool fills up with commands and functions alike', () => {
    const limits = new Limits(plan.pools, 2);
    const [functions, commands] = [limits.laneOf(task('query')), limits.laneOf(task('dump'))];
    limits.take(task('query'));
    limits.take(task('dump'));
    expect([limits.isOpen(functions), limits.isOpen(commands)]).toEqual([false, false]);
  });

  test('of a mapped task is as wide as the task says', () => {
    const limits = new Limits(plan.pools, 2);
    const lane = limits.laneOf(task('each'));
    const open = [0, 1, 2, 3].map(() => {
      const isOpen = limits.isOpen(lane);
      limits.take(task('each'));
      return isOpen;
    });
    expect(open).toEqual([true, true, true, false]);
  });

  test('with a pool and a width is open only while both have room', () => {
    const limits = new Limits(plan.pools, 2);
    const lane = limits.laneOf(task('both'));
    limits.take(task('both'));
    expect(limits.isOpen(lane)).toBe(false);
  });

  test('of a pool that nobody declared admits one at a time', () => {
    const limits = new Limits(new Map(), 2);
    const lane = limits.laneOf(task('query'));
    expect(limits.isOpen(lane)).toBe(true);
    limits.take(task('query'));
    expect(limits.isOpen(lane)).toBe(false);
  });
});
