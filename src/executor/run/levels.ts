/** Levels of a run: says when one begins and ends, and holds back hooks, and all tasks when the run goes level by level. */
import type { Plan } from '../../model/plan.ts';

export class Levels {
  readonly #sizes: readonly number[];
  readonly #left: number[];
  readonly #begun: boolean[];
  readonly #held: number[][] = [];
  /** From this level on, tasks wait for all levels before theirs. */
  readonly #barrierFrom: number;
  /** Behind the barrier, tasks of later levels are held. */
  #open = 0;
  #tasksLeft: number;

  constructor(plan: Plan, barrier: boolean) {
    this.#sizes = plan.levels.map((tasks) => tasks.length);
    this.#left = [...this.#sizes];
    this.#begun = this.#sizes.map(() => false);
    this.#tasksLeft = plan.tasks.length;
    const firstHook = plan.tasks.find((task) => task.hook !== undefined);
    this.#barrierFrom = barrier ? 0 : (firstHook?.level ?? Infinity);
  }

  size(level: number): number {
    return this.#sizes[level] ?? 0;
  }

  /** True the first time it is asked of a level. */
  begins(level: number): boolean {
    if (this.#begun[level] === true) return false;
    this.#begun[level] = true;
    return true;
  }

  /** Keeps a ready task until its level opens. True when it was kept. */
  holds(level: number, index: number): boolean {
    if (level < this.#barrierFrom || level <= this.#open) return false;
    (this.#held[level] ??= []).push(index);
    return true;
  }

  /** True when every task has ended. */
  get haveEnded(): boolean {
    return this.#tasksLeft === 0;
  }

  /** One task less to wait for; true when it was the last of its level. */
  ends(level: number): boolean {
    this.#tasksLeft--;
    return --this.#left[level]! === 0;
  }

  /** The tasks that may go on now that every level before theirs has ended. */
  released(): number[] {
    const released: number[] = [];
    while (this.#open < this.#left.length && this.#left[this.#open] === 0) {
      this.#open++;
      released.push(...(this.#held[this.#open] ?? []));
      this.#held[this.#open] = [];
    }
    return released;
  }
}
