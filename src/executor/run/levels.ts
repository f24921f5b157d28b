/** Levels of a run: detects when one begins and ends, and holds back hooks, or all tasks when the run goes level by level. */
import type { Plan } from '../../model/plan.ts';

export class Levels {
  readonly #sizes: readonly number[];
  readonly #left: number[];
  readonly #begun: boolean[];
  readonly #held: number[][] = [];
  /** First level whose tasks wait for all earlier levels. */
  readonly #barrierFrom: number;
  /** Highest open level; from the barrier on, tasks of later levels are held back. */
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

  /** Returns true on the first call for a level. */
  begins(level: number): boolean {
    if (this.#begun[level] === true) return false;
    this.#begun[level] = true;
    return true;
  }

  /** Holds a ready task until its level opens. Returns whether it was held. */
  holds(level: number, index: number): boolean {
    if (level < this.#barrierFrom || level <= this.#open) return false;
    (this.#held[level] ??= []).push(index);
    return true;
  }

  /** True when every task has ended. */
  get haveEnded(): boolean {
    return this.#tasksLeft === 0;
  }

  /** Counts the end of a task; returns true when it was the last of its level. */
  ends(level: number): boolean {
    this.#tasksLeft--;
    return --this.#left[level]! === 0;
  }

  /** Returns the held tasks that may start because every earlier level has ended. */
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
