/** The state of a run: its phase, and the states of its tasks. */
import type { Scope } from '../../model/expression.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { TaskSkipReason } from '../../model/recorded-reason.ts';
import type { Hook } from '../../model/task.ts';
import { failedOf, hooksFor, statusOf, type RunFacts } from './run-ending.ts';
import {
  phaseStep,
  stopIn,
  type RunAct,
  type RunHappening,
  type RunPhase,
  type Stop,
} from './run-phase.ts';
import { Tasks } from './tasks.ts';

export class RunState {
  readonly tasks: Tasks;
  #phase: RunPhase = { is: 'running' };
  /** True once a task of the run has begun. */
  hasBegun = false;

  constructor(tasks: readonly PlannedTask[]) {
    this.tasks = new Tasks(tasks);
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  /** Enters the next phase, and returns the actions that this requires. */
  meets(happening: RunHappening): readonly RunAct[] {
    const { phase, acts } = phaseStep(this.#phase, happening);
    this.#phase = phase;
    return acts;
  }

  get isOver(): boolean {
    return this.#phase.is === 'over';
  }

  /** Returns what stopped the run; undefined when nothing has. */
  get stop(): Stop | undefined {
    return stopIn(this.#phase);
  }

  get mayStart(): boolean {
    return this.#phase.is === 'running' || this.#phase.is === 'hooks';
  }

  get hasHooks(): boolean {
    return this.tasks.tasks.at(-1)?.hook !== undefined;
  }

  get facts(): RunFacts {
    const { tasks, statuses } = this.tasks;
    const by = this.stop?.by;
    const isCancelled = by === 'cancellation' || by === 'timeout';
    return { tasks, statuses, isCancelled, timedOut: by === 'timeout' };
  }

  /** Returns the outcome of the run for the expressions of hooks; called when all other tasks have ended. */
  outcome(): Required<Pick<Scope['run'], 'status' | 'failed'>> {
    const { facts } = this;
    return { status: statusOf(facts), failed: failedOf(facts.tasks, facts.statuses) };
  }

  /** Returns why a hook is skipped after this run; undefined when it runs. */
  unfit(hook: Hook): TaskSkipReason | undefined {
    const status = statusOf(this.facts);
    return hooksFor(status).includes(hook) ? undefined : { is: 'hook_unfit', hook, status };
  }
}
