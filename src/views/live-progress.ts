/** The progress of a running run: a fold over its events for figures that only the live view needs. */
import { isLifecycle, type RecordedEvent } from '../model/event.ts';
import type { Instant, TaskName } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import {
  applyEvent,
  emptyRun,
  isFinished,
  type RunRecord,
  type TaskRecord,
  type TaskStatus,
} from '../model/run.ts';

/** A task that runs or waits for its retry. */
export interface ActiveTask {
  readonly name: TaskName;
  readonly record: TaskRecord;
  readonly attemptsAllowed: number;
  /** Time of the next attempt, for a task that waits for its retry. */
  readonly retryAt?: Instant;
  /** Present for a mapped task. */
  readonly elements?: Readonly<ElementCounts>;
}

interface ElementCounts {
  total: number;
  done: number;
  failed: number;
  running: number;
}

export class LiveProgress {
  readonly total: number;
  readonly #run: RunRecord;
  readonly #placeOf: ReadonlyMap<TaskName, number>;
  readonly #plan: Plan;
  /** Number of tasks in each final state. */
  readonly #ended = new Map<TaskStatus, number>();
  readonly #active = new Set<TaskName>();
  readonly #retryAt = new Map<TaskName, Instant>();
  readonly #elements = new Map<TaskName, ElementCounts>();
  #slots = 0;
  #endsAt: Instant | undefined;

  /** `earlier` is the record of a run that is resumed; only its successes count. */
  constructor(plan: Plan, earlier: RunRecord) {
    this.#plan = plan;
    this.total = plan.tasks.length;
    this.#placeOf = new Map(plan.tasks.map(({ name }, place) => [name, place]));
    this.#run = emptyRun(earlier.runId);
    for (const [name, record] of earlier.tasks) {
      if (record.status !== 'succeeded' && record.status !== 'cached') continue;
      this.#run.tasks.set(name, record);
      this.#count(record.status, 1);
    }
  }

  /** Number of running attempts. */
  get slotsInUse(): number {
    return this.#slots;
  }

  /** The time at which running work is ended by force; undefined while nothing stops the run. */
  get endsAt(): Instant | undefined {
    return this.#endsAt;
  }

  get ended(): ReadonlyMap<TaskStatus, number> {
    return this.#ended;
  }

  /** Returns the active tasks in the order of the graph: by level, then by name. */
  active(): ActiveTask[] {
    return [...this.#active]
      .map((name) => ({ name, place: this.#placeOf.get(name) ?? Infinity }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ name, place }) => {
        const retryAt = this.#retryAt.get(name);
        const elements = this.#elements.get(name);
        return {
          name,
          record: this.#run.tasks.get(name)!,
          attemptsAllowed: 1 + (this.#plan.tasks[place]?.settings.maxRetries ?? 0),
          ...(retryAt === undefined ? {} : { retryAt }),
          ...(elements === undefined ? {} : { elements }),
        };
      });
  }

  apply(event: RecordedEvent): void {
    if (!isLifecycle(event)) return;
    const { task } = event;
    const before = this.#statusOf(event);
    applyEvent(this.#run, event);
    // The grace of a task begins once, however often it is asked.
    if (event.topic === 'run.stopping') this.#endsAt ??= event.time + event.data.graceMs;
    if (task === undefined) return;
    if (event.topic === 'run.task.expanded') {
      const total = event.data.elements;
      this.#elements.set(task, { total, done: 0, failed: 0, running: 0 });
    }
    const after = this.#statusOf(event);
    if (before === after || after === undefined) return;
    if (event.element !== undefined) {
      this.#moveElement(task, before, after);
      return;
    }
    if (!this.#elements.has(task)) this.#slots += slotsOf(after) - slotsOf(before);
    if (before !== undefined && isFinished(before)) this.#count(before, -1);
    if (isFinished(after)) this.#count(after, 1);
    if (after === 'running' || after === 'retrying') this.#active.add(task);
    else this.#active.delete(task);
    if (event.topic === 'run.task.retrying') this.#retryAt.set(task, event.data.dueAt);
    else this.#retryAt.delete(task);
  }

  #moveElement(task: TaskName, before: TaskStatus | undefined, after: TaskStatus): void {
    const counts = this.#elements.get(task);
    const slots = slotsOf(after) - slotsOf(before);
    this.#slots += slots;
    if (counts === undefined) return;
    counts.running += slots;
    if (!isFinished(after)) return;
    counts.done++;
    if (after === 'failed' || after === 'timed_out') counts.failed++;
  }

  #statusOf({ task, element }: RecordedEvent): TaskStatus | undefined {
    const record = task === undefined ? undefined : this.#run.tasks.get(task);
    return element === undefined ? record?.status : record?.elements?.[element]?.status;
  }

  #count(status: TaskStatus, by: number): void {
    this.#ended.set(status, (this.#ended.get(status) ?? 0) + by);
  }
}

const slotsOf = (status: TaskStatus | undefined): number => (status === 'running' ? 1 : 0);
