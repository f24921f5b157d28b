/** Records the events of tasks, and the beginning and end of levels. */
import type { LifecycleData, LifecycleTopic, TaskError } from '../../model/event.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { Journal, EventSubject } from './journal.ts';
import type { Levels } from './levels.ts';
import type { Tasks } from './tasks.ts';

type TaskTopic = LifecycleTopic & `run.task.${string}`;

/** Final failure of a task or of one of its elements. */
export interface Defeat {
  readonly reason: 'failed' | 'crashed' | 'timed_out';
  readonly error: TaskError;
  readonly durationMs: Milliseconds;
}

export class TaskEvents {
  readonly #tasks: Tasks;
  readonly #journal: Journal;
  readonly #levels: Levels;

  constructor(tasks: Tasks, journal: Journal, levels: Levels) {
    this.#tasks = tasks;
    this.#journal = journal;
    this.#levels = levels;
  }

  /** Records an event; without a subject, it is about the whole task. */
  record<T extends TaskTopic>(index: number, news: TaskNews<T>): void {
    const { name, level } = this.#tasks.task(index);
    const { topic, data, subject = { task: name } } = news;
    this.#beginLevel(level);
    this.#journal.record(topic, data, subject);
  }

  failed(index: number, { reason, error, durationMs }: Defeat, subject?: EventSubject): void {
    const about = subject === undefined ? {} : { subject };
    if (reason === 'timed_out')
      this.record(index, { topic: 'run.task.timed_out', data: { error, durationMs }, ...about });
    else {
      const data = { reason, error, durationMs };
      this.record(index, { topic: 'run.task.failed', data, ...about });
    }
  }

  /** Notes that the task has its outcome. Returns the tasks that waited for the end of its level. */
  closed(index: number): readonly number[] {
    const { level } = this.#tasks.task(index);
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

interface TaskNews<T extends TaskTopic> {
  readonly topic: T;
  readonly data: LifecycleData[T];
  readonly subject?: EventSubject;
}
