/** Named limits on what runs at once. Units that share their limits wait in one lane of the queue. */
import type { PlannedTask } from '../../model/plan.ts';

export interface Limit {
  readonly name: string;
  readonly most: number;
}

/** Lane of the function tasks that have no limit of their own. */
export const OPEN_LANE = '';

/** Units of the lane take no place for work. */
export const isPlaceless = (lane: string): boolean => /^pipeline\b/.test(lane);

export class Limits {
  readonly #pools: ReadonlyMap<string, number>;
  readonly #ofLane = new Map<string, readonly Limit[]>();
  readonly #inUse = new Map<string, number>();

  /** Most runs of other pipelines at once: they take no place of their own, and memory all the same. */
  readonly #mostPipelines: number;

  constructor(pools: ReadonlyMap<string, number>, mostPipelines: number) {
    this.#pools = pools;
    this.#mostPipelines = mostPipelines;
  }

  /** What never goes to a thread's line has lanes of its own. */
  laneOf(task: PlannedTask): string {
    const limits = this.#limitsOf(task);
    const names = limits.map(({ name }) => name);
    const lane = (
      goesInLine(task) ? names : [task.work.is === 'pipeline' ? 'pipeline' : 'alone', ...names]
    ).join(' ');
    this.#ofLane.set(lane, limits);
    return lane;
  }

  isOpen(lane: string): boolean {
    const limits = this.#ofLane.get(lane) ?? [];
    return limits.every(({ name, most }) => (this.#inUse.get(name) ?? 0) < most);
  }

  /** The named pool that units of the task need a slot of, and how many it has. */
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

/** A function on an ordinary thread, for which to wait there is not to have begun late. */
const goesInLine = ({ work, settings }: PlannedTask): boolean =>
  work.is === 'function' &&
  settings.isolation === 'thread' &&
  settings.memory === null &&
  settings.queueTimeout === null;
