/** The tasks of a plan by index (position in the plan), and the edges between them. */
import { Fault } from './fault.ts';
import type { TaskName } from './ids.ts';
import type { PlannedTask } from './plan.ts';

const NONE: readonly number[] = [];

export class IndexedPlan {
  readonly tasks: readonly PlannedTask[];
  /** Indexes of the tasks of the plan that each task waits for, each once. */
  readonly upstreams: readonly (readonly number[])[];
  readonly #downstreams: readonly (readonly number[])[];
  readonly #indexOf: ReadonlyMap<TaskName, number>;

  constructor(tasks: readonly PlannedTask[]) {
    const indexOf = new Map(tasks.map(({ name }, index) => [name, index]));
    this.tasks = tasks;
    this.#indexOf = indexOf;
    this.upstreams = tasks.map(({ dependsOn }) => {
      if (dependsOn.length === 0) return NONE;
      const upstreams = new Set<number>();
      for (const { task } of dependsOn) {
        const upstream = indexOf.get(task);
        if (upstream !== undefined) upstreams.add(upstream);
      }
      return [...upstreams];
    });
    const downstreams: number[][] = tasks.map(() => []);
    for (const [index, upstreams] of this.upstreams.entries())
      for (const upstream of upstreams) downstreams[upstream]?.push(index);
    this.#downstreams = downstreams;
  }

  task(index: number): PlannedTask {
    const task = this.tasks[index];
    if (task === undefined) throw new Fault('DP9001', `the plan has no task at ${index}`);
    return task;
  }

  /** Returns undefined for a task outside the plan, whose stored output is used instead. */
  indexOf(name: TaskName): number | undefined {
    return this.#indexOf.get(name);
  }

  downstreamsOf(index: number): readonly number[] {
    return this.#downstreams[index] ?? NONE;
  }
}
