/** The tasks of a run by index, each with its state. */
import { Fault } from '../../model/fault.ts';
import type { Digest, TaskName } from '../../model/ids.ts';
import { IndexedPlan } from '../../model/indexed-plan.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { TaskStatus } from '../../model/run.ts';
import type { Unit } from '../ports/workforce.ts';
import {
  PENDING,
  statusIn,
  type PreparedTask,
  type TaskState,
  type Tries,
  type UnitState,
} from './task-states.ts';

const FINISHED: UnitState = { is: 'finished' };

export class Tasks extends IndexedPlan {
  readonly #states: TaskState[];

  constructor(tasks: readonly PlannedTask[]) {
    super(tasks);
    this.#states = tasks.map(() => PENDING);
  }

  state(index: number): TaskState {
    const state = this.#states[index];
    if (state === undefined) throw new Fault('DP9001', `the plan has no task at ${index}`);
    return state;
  }

  enter(index: number, state: TaskState): void {
    this.#states[index] = state;
  }

  /** Throws DP9001 for a task that has no units yet. */
  unit({ index, element }: Unit): UnitState {
    const state = this.state(index);
    if (state.is === 'open') return state.unit;
    if (state.is === 'finished') return FINISHED;
    const unit = state.is === 'mapped' ? state.units[element ?? -1] : undefined;
    if (unit === undefined) throw new Fault('DP9001', `task ${index} has no such unit of work`);
    return unit;
  }

  enterUnit({ index, element }: Unit, unit: UnitState): void {
    const state = this.state(index);
    if (state.is === 'open') state.unit = unit;
    else if (state.is === 'mapped' && element !== undefined) state.units[element] = unit;
  }

  /** Returns the list element of a mapped task's unit. */
  elementOf({ index, element }: Unit): unknown {
    const state = this.state(index);
    return state.is === 'mapped' ? state.results.elements[element ?? -1] : undefined;
  }

  /** Returns undefined for a unit that has no further attempts. */
  triesOf(unit: Unit): Tries | undefined {
    const state = this.state(unit.index);
    const tried = state.is === 'early' ? state : this.unit(unit);
    return 'tries' in tried ? tried.tries : undefined;
  }

  /** Throws DP9001 for a task whose work may not start yet. */
  preparedFor(index: number): PreparedTask {
    const state = this.state(index);
    if ('prepared' in state) return state.prepared;
    throw new Fault('DP9001', `task ${index} was started unprepared`);
  }

  /** Returns null for a task that was not prepared, and for one that may begin early. */
  keyOf(index: number): Digest | null {
    const state = this.state(index);
    return 'prepared' in state ? state.prepared.key : null;
  }

  isFinished(index: number): boolean {
    return this.state(index).is === 'finished';
  }

  /** Returns whether an early attempt of the task may still be running. */
  isUnderWayEarly(index: number): boolean {
    const state = this.state(index);
    return state.is === 'early' && state.early !== 'waiting';
  }

  get isPreparing(): boolean {
    return this.#states.some(({ is }) => is === 'preparing');
  }

  /** The statuses of all tasks, by index. */
  get statuses(): readonly TaskStatus[] {
    return this.#states.map(statusIn);
  }

  statusAt(index: number): TaskStatus {
    return statusIn(this.state(index));
  }

  /** Returns the status of a task; one outside the plan counts as succeeded, by its stored output. */
  statusOf(name: TaskName): TaskStatus {
    const index = this.indexOf(name);
    return index === undefined ? 'succeeded' : this.statusAt(index);
  }
}
