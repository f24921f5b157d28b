/** Named concurrency limits. Units that share their limits wait in one lane of the queue. */
import type { PlannedTask } from '../../model/plan.ts';

export interface Limit {
  readonly name: string;
  readonly most: number;
}

/** Lane of the function tasks without a limit of their own. */
export const OPEN_LANE = '';

/** Returns whether units of the lane occupy no job slot. */
export const isPlaceless = (lane: string): boolean => /^(?:pipeline|wait)\b/.test(lane);

export class Limits {
  readonly #pools: ReadonlyMap<string, number>;
  readonly #ofLane = new Map<string, readonly Limit[]>();
  readonly #inUse = new Map<string, number>();

  /** Maximum number of sub-runs at once: they occupy no job slot, but use memory. */
  readonly #mostPipelines: number;

  constructor(pools: ReadonlyMap<string, number>, mostPipelines: number) {
    this.#pools = pools;
    this.#mostPipelines = mostPipelines;
  }

  /** Returns the lane of the task's units. Units that cannot be sent ahead to a thread have separate lanes. */
  laneOf(task: PlannedTask): string {
    const limits = this.#limitsOf(task);
    const names = limits.map(({ name }) => name);
    const lane = (goesInLine(task) ? names : [apart(task), ...names]).join(' ');
    this.#ofLane.set(lane, limits);
    return lane;
  }

  isOpen(lane: string): boolean {
    const limits = this.#ofLane.get(lane) ?? [];
    return limits.every(({ name, most }) => (this.#inUse.get(name) ?? 0) < most);
  }

  /** Returns the named pool in which units of the task need a slot, with its number of slots. */
  poolOf({ settings: { pool } }: PlannedTask): Limit | undefined {
    // A pool that the pipeline does not declare admits one at a time.
    return pool === null ? undefined : { name: pool, most: this.#pools.get(pool) ?? 1 };
  }

  take(task: PlannedTask): void {
    this.#use(task, 1);
  }

  giveBack(task: PlannedTask): void {
    this.#use(task, -1);
  }

  #use(task: PlannedTask, change: 1 | -1): void {
    for (const { name } of this.#limitsOf(task)) {
      this.#inUse.set(name, (this.#inUse.get(name) ?? 0) + change);
    }
  }

  #limitsOf(task: PlannedTask): Limit[] {
    const { name, map } = task;
    const limits: Limit[] = [];
    if (task.work.is === 'pipeline') limits.push({ name: 'pipelines', most: this.#mostPipelines });
    const pool = this.poolOf(task);
    if (pool !== undefined) limits.push({ ...pool, name: `pool:${pool.name}` });
    if (map !== undefined && map.maxParallel !== null) {
      limits.push({ name: `map:${name}`, most: map.maxParallel });
    }
    return limits;
  }
}

/** Returns the name that the lanes of units have in common which cannot be sent ahead. */
const apart = ({ work }: PlannedTask): string =>
  work.is === 'pipeline' || work.is === 'wait' ? work.is : 'alone';

/** Returns whether the task may wait at a busy thread: any thread suits it, and it has no limit to its time in the queue. */
const goesInLine = ({ work, settings }: PlannedTask): boolean =>
  work.is === 'function' &&
  settings.isolation === 'thread' &&
  settings.memory === null &&
  settings.queueTimeout === null;
