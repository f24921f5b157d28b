/** Units that may start, best first, and the limits that hold them back. */
import type { Plan, PlannedTask } from '../model/plan.ts';
import { distanceToEnd } from '../planner/graph.ts';
import { Limits, OPEN_LANE } from './limits.ts';
import { ReadyQueue, type Unit } from './ready-queue.ts';
import type { Workforce } from './workforce.ts';

export class Admission {
  readonly #tasks: readonly PlannedTask[];
  readonly #limits: Limits;
  readonly #queue: ReadyQueue;

  constructor(plan: Plan) {
    this.#tasks = plan.tasks;
    this.#limits = new Limits(plan.pools);
    const remaining = remainingOf(plan);
    this.#queue = new ReadyQueue((task) => ({
      priority: plan.tasks[task]!.settings.priority,
      remaining: remaining[task]!,
    }));
  }

  add(unit: Unit): void {
    this.#queue.push(this.#limits.laneOf(this.#tasks[unit.task]!), unit);
  }

  /** The best unit that has a slot wherever it needs one, with its slots taken; undefined when none has. */
  take(room: Workforce['room']): Unit | undefined {
    if (room === 'none' || this.#queue.size === 0) return undefined;
    const unit = this.#queue.take((lane) =>
      room === 'now' ? this.#limits.isOpen(lane) : lane === OPEN_LANE,
    );
    if (unit !== undefined) this.#limits.take(this.#tasks[unit.task]!);
    return unit;
  }

  giveBack({ task }: Unit): void {
    this.#limits.giveBack(this.#tasks[task]!);
  }

  clear(): void {
    this.#queue.clear();
  }
}

/** By task: how many tasks the longest path from it to an end has. */
function remainingOf(plan: Plan): Int32Array {
  const numberOf = new Map(plan.tasks.map((task, number) => [task.name, number]));
  const upstream = plan.tasks.map((task) =>
    task.dependsOn.map((edge) => numberOf.get(edge.task)).filter((number) => number !== undefined),
  );
  return distanceToEnd(upstream, Int32Array.from(plan.tasks.keys()));
}
