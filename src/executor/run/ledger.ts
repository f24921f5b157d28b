/** The states of a run's tasks. Every change of one goes on record here, and with it the levels that begin and end. */
import type { LifecycleData, LifecycleTopic } from '../../model/event.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import type { TaskStatus } from '../../model/run.ts';
import type { Journal, Subject } from './journal.ts';
import { Levels } from './levels.ts';

type TaskTopic = LifecycleTopic & `run.task.${string}`;

export class Ledger {
  readonly #tasks: readonly PlannedTask[];
  readonly #journal: Journal;
  readonly #levels: Levels;
  readonly #statuses: TaskStatus[];
  readonly #numberOf: ReadonlyMap<TaskName, number>;
  #open: number;

  constructor(plan: Plan, journal: Journal, byLevel: boolean) {
    this.#tasks = plan.tasks;
    this.#journal = journal;
    this.#levels = new Levels(plan, byLevel);
    this.#statuses = plan.tasks.map(() => 'pending');
    this.#numberOf = new Map(plan.tasks.map((task, number) => [task.name, number]));
    this.#open = plan.tasks.length;
  }

  /** Tasks without an outcome. */
  get open(): number {
    return this.#open;
  }

  /** By number in the plan. */
  get statuses(): readonly TaskStatus[] {
    return this.#statuses;
  }

  /** A task outside the plan stands for its stored output. */
  statusOf(task: TaskName): TaskStatus {
    return this.#statuses[this.#numberOf.get(task) ?? -1] ?? 'succeeded';
  }

  /** A change that no event of its own tells. */
  mark(number: number, status: TaskStatus): void {
    this.#statuses[number] = status;
  }

  record<T extends TaskTopic>(
    number: number,
    status: TaskStatus,
    topic: T,
    data: LifecycleData[T],
  ): void {
    this.#statuses[number] = status;
    this.note(number, topic, data, { task: this.#tasks[number]!.name });
  }

  /** News of a task, or of one of its elements, that leaves the task's state as it is. */
  note<T extends TaskTopic>(
    number: number,
    topic: T,
    data: LifecycleData[T],
    subject: Subject,
  ): void {
    this.#beginLevel(this.#tasks[number]!.level);
    this.#journal.record(topic, data, subject);
  }

  /** With a barrier: keeps a ready task until its level opens. True when it was kept. */
  holds(number: number): boolean {
    return this.#levels.holds(this.#tasks[number]!.level, number);
  }

  /** The task has its outcome. Gives the tasks that were kept for the end of its level. */
  close(number: number): readonly number[] {
    this.#open--;
    const { level } = this.#tasks[number]!;
    this.#beginLevel(level);
    if (!this.#levels.ends(level)) return [];
    this.#journal.record('run.level.completed', { level });
    return this.#levels.released();
  }

  #beginLevel(level: number): void {
    if (!this.#levels.begins(level)) return;
    this.#journal.record('run.level.started', { level, tasks: this.#levels.size(level) });
  }
}
