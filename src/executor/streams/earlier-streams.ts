/** Where attempts before this one may have left the beginning of the same stream. */
import type { TaskName } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { visibleUpstreams } from '../../planner/decision.ts';
import { resultIdOf } from '../ports/assignment.ts';
import type { Attempt } from '../ports/workforce.ts';

export interface EarlierStreamsParts {
  readonly tasks: readonly PlannedTask[];
  /** Which holder of the run this is, from 1. */
  readonly epoch: number;
  /** Its result is that of an earlier holder. */
  readonly isKept: (task: TaskName) => boolean;
}

/** More attempts than that in a row have left nothing. */
const MOST = 64;

export class EarlierStreams {
  readonly #parts: EarlierStreamsParts;
  readonly #streaming: ReadonlySet<TaskName>;

  constructor(parts: EarlierStreamsParts) {
    this.#parts = parts;
    const streaming = parts.tasks.filter(({ settings }) => settings.streamOutput);
    this.#streaming = new Set(streaming.map(({ name }) => name));
  }

  /** Ids of results, newest first; none unless they came from the same inputs. */
  of({ task, unit, number }: Attempt): string[] {
    const { settings } = task;
    if (settings.resumable !== true || !settings.streamOutput || number === 1) return [];
    const upstreams = [...visibleUpstreams(task)];
    // What was read from a live stream may not be what its next attempt gives.
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
