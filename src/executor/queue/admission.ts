/** Units that may start, best first, and the limits that hold them back. */
import type { IndexedPlan } from '../../model/indexed-plan.ts';
import { distanceToEnd } from '../../planner/graph.ts';
import { isPlaceless, Limits, OPEN_LANE } from './limits.ts';
import { ReadyQueue } from './ready-queue.ts';
import type { SharedPools } from './shared-pools.ts';
import { type Workforce, unitName, type Unit } from '../ports/workforce.ts';

export class Admission {
  readonly #plan: IndexedPlan;
  readonly #limits: Limits;
  readonly #pools: SharedPools;
  readonly #queue: ReadyQueue;
  /** Name of the pool in which the units of each lane need a slot. */
  readonly #poolOfLane = new Map<string, string>();

  constructor(
    plan: IndexedPlan,
    sharedPools: SharedPools,
    { pools, jobs }: { readonly pools: ReadonlyMap<string, number>; readonly jobs: number },
  ) {
    this.#plan = plan;
    this.#limits = new Limits(pools, jobs);
    this.#pools = sharedPools;
    const remaining = remainingOf(plan);
    this.#queue = new ReadyQueue(
      plan.tasks.map(({ settings: { priority } }, index) => ({
        priority,
        remaining: remaining[index] ?? 0,
      })),
    );
  }

  add(unit: Unit): void {
    this.#queue.push(this.#laneOf(unit), unit);
  }

  /** Takes all slots of the best unit for which they are free, and returns it; undefined when there is none. */
  take(room: Workforce['room']): Unit | undefined {
    const isOpen = (lane: string): boolean =>
      room === 'now' || isPlaceless(lane)
        ? this.#isOpen(lane)
        : room === 'ahead' && lane === OPEN_LANE;
    for (;;) {
      const unit = this.#queue.take(isOpen);
      if (unit === undefined || this.#takeSlots(unit)) return unit;
      this.add(unit);
    }
  }

  /** Removes the unit from the queue. */
  withdraw(unit: Unit): void {
    this.#queue.withdraw(unit);
  }

  /** Takes the slots of a unit that is in no queue; returns false when one of them is not free. */
  takeNow(unit: Unit): boolean {
    return this.#isOpen(this.#laneOf(unit)) && this.#takeSlots(unit);
  }

  giveBack(unit: Unit): void {
    const task = this.#plan.task(unit.index);
    this.#limits.giveBack(task);
    const pool = this.#limits.poolOf(task);
    if (pool !== undefined) this.#pools.giveBack(pool, unitName(task, unit));
  }

  clear(): void {
    this.#queue.clear();
    this.#pools.stop();
  }

  #laneOf(unit: Unit): string {
    const task = this.#plan.task(unit.index);
    const lane = this.#limits.laneOf(task);
    const { pool } = task.settings;
    if (pool !== null) this.#poolOfLane.set(lane, pool);
    return lane;
  }

  #takeSlots(unit: Unit): boolean {
    const task = this.#plan.task(unit.index);
    const pool = this.#limits.poolOf(task);
    if (pool !== undefined && !this.#pools.take(pool, unitName(task, unit))) return false;
    this.#limits.take(task);
    return true;
  }

  #isOpen(lane: string): boolean {
    const pool = this.#poolOfLane.get(lane);
    return this.#limits.isOpen(lane) && !(pool !== undefined && this.#pools.isFull(pool));
  }
}

/** Returns, by task index, the number of tasks on the longest path from the task to a leaf of the graph. */
const remainingOf = ({ tasks, upstreams }: IndexedPlan): Int32Array =>
  distanceToEnd(upstreams, Int32Array.from(tasks.keys()));
