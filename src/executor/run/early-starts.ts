/** Decides which tasks may begin to read live streams before their upstreams have ended, and provides those streams. */
import type { TaskName } from '../../model/ids.ts';
import type { Argument } from '../ports/protocol.ts';
import type { Attempt, Workforce } from '../ports/workforce.ts';
import type { Admission } from '../queue/admission.ts';
import type { LiveStreams } from '../streams/live-streams.ts';
import { keptStatus, type EarlierWork } from './earlier-work.ts';
import type { EarlyTasks } from './early-tasks.ts';
import { expressionFault, type Preparation } from './preparation.ts';
import type { RunState } from './run-state.ts';
import type { PreparedTask } from './task-states.ts';

export interface EarlyStartsParts {
  readonly run: RunState;
  readonly streams: LiveStreams;
  readonly preparation: Preparation;
  readonly admission: Admission;
  readonly early: EarlyTasks;
  readonly earlier: EarlierWork | undefined;
}

export class EarlyStarts {
  readonly #parts: EarlyStartsParts;
  /** Indexes of tasks that cannot start early, whichever streams are available. */
  readonly #unfit = new Set<number>();

  constructor(parts: EarlyStartsParts) {
    this.#parts = parts;
  }

  /** Takes the slots of a task that can begin to read, and starts it; undefined when none can. Call it after all ordinary starts. */
  start(room: Workforce['room']): Attempt | undefined {
    if (room !== 'now') return undefined;
    for (const readers of this.#parts.streams.offered())
      for (const reader of readers) {
        const attempt = this.#startIfItCan(reader);
        if (attempt !== undefined) return attempt;
      }
    return undefined;
  }

  #startIfItCan(index: number): Attempt | undefined {
    const { admission, early } = this.#parts;
    const unit = { index, element: undefined };
    if (!this.#mayBegin(index) || !admission.takeNow(unit)) return undefined;
    const prepared = this.#prepare(index);
    if (prepared !== undefined) return early.start(unit, prepared);
    this.#unfit.add(index);
    admission.giveBack(unit);
    return undefined;
  }

  /** Returns undefined when the task would be skipped or could not start, which is reported once its upstreams have ended. */
  #prepare(index: number): PreparedTask | undefined {
    const { preparation, run } = this.#parts;
    const task = run.tasks.task(index);
    try {
      const { scope, values } = preparation.prepareNow(task);
      return preparation.holds(task, scope) ? { scope, values, key: null } : undefined;
    } catch (error) {
      expressionFault(error);
      return undefined;
    }
  }

  #mayBegin(index: number): boolean {
    const { earlier, run } = this.#parts;
    const state = run.tasks.state(index);
    const isBetween = state.is === 'early' && (state.early === 'waiting' || state.early === 'due');
    if ((state.is !== 'pending' && !isBetween) || this.#unfit.has(index)) return false;
    const { name, dependsOn } = run.tasks.task(index);
    if (keptStatus(earlier, name) !== undefined) return false;
    return dependsOn.every((edge) => this.#isFineOrStreaming(edge.task, index));
  }

  #isFineOrStreaming(name: TaskName, reader: number): boolean {
    const { run, streams } = this.#parts;
    const upstream = run.tasks.indexOf(name);
    if (upstream === undefined) return true; // The upstream is outside the selection; its stored output exists.
    const status = run.tasks.statusOf(name);
    if (status === 'succeeded' || status === 'cached') return true;
    if (status === 'failed' || status === 'timed_out')
      return run.tasks.task(upstream).settings.failSafe;
    return streams.offers(upstream, reader);
  }

  /** Returns the arguments that are live streams. */
  argumentsOf(index: number): Record<string, Argument> {
    const { run, streams } = this.#parts;
    const named: Record<string, Argument> = {};
    if (run.tasks.state(index).is !== 'early') return named;
    for (const { task, parameter } of run.tasks.task(index).dependsOn) {
      const upstream = run.tasks.indexOf(task);
      if (upstream === undefined || parameter === undefined) continue;
      const argument = streams.argument(upstream, index);
      if (argument !== undefined) named[parameter] = argument;
    }
    return named;
  }
}
