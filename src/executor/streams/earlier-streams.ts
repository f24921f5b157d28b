/** Finds the results in which earlier attempts may have left the beginning of the same stream. */
import type { TaskName } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { visibleUpstreams } from '../../planner/decision.ts';
import { resultIdOf } from '../ports/assignment.ts';
import type { Attempt } from '../ports/workforce.ts';

export interface EarlierStreamsParts {
  readonly tasks: readonly PlannedTask[];
  /** Number of this holder of the run, from 1. */
  readonly epoch: number;
  /** Returns whether the task's result comes from an earlier holder. */
  readonly isKept: (task: TaskName) => boolean;
}

/** Maximum number of earlier attempts to look at; when so many left nothing, the search ends. */
const MOST = 64;

export class EarlierStreams {
  readonly #parts: EarlierStreamsParts;
  readonly #streaming: ReadonlySet<TaskName>;

  constructor(parts: EarlierStreamsParts) {
    this.#parts = parts;
    const streaming = parts.tasks.filter(({ settings }) => settings.streamOutput);
    this.#streaming = new Set(streaming.map(({ name }) => name));
  }

  /** Returns the ids of results, newest first; none unless all came from the same inputs. */
  of({ task, unit, number }: Attempt): string[] {
    const { settings } = task;
    if (settings.resumable !== true || !settings.streamOutput || number === 1) return [];
    const upstreams = [...visibleUpstreams(task)];
    // A live stream may differ between attempts of its producer.
    if (upstreams.some((name) => this.#streaming.has(name))) return [];
    const { epoch, isKept } = this.#parts;
    const first = upstreams.every((name) => isKept(name)) ? 1 : epoch;
    const ids: string[] = [];
    for (let before = number - 1; before > 0; before--)
      for (let holder = epoch; holder >= first && ids.length < MOST; holder--)
        ids.push(resultIdOf({ task, unit, number: before }, holder));
    return ids;
  }
}
