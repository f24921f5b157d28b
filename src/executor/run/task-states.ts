/** The states of a task, and of a unit of its work, during a run. */
import { impossible } from '../../model/fault.ts';
import type { Digest, Milliseconds, TaskName } from '../../model/ids.ts';
import type { TaskStatus } from '../../model/run.ts';
import type { Attempt, AttemptOutcome } from '../ports/workforce.ts';
import type { EarlyState } from '../streams/early-state.ts';
import type { MappedTask } from './mapped.ts';
import type { ReadyTask } from './preparation.ts';

export type TaskState =
  /** Its upstreams or its level have not let it start, or the run was stopped before it could. */
  | { readonly is: 'pending' }
  /** Outputs are being loaded for its expressions, or a stored result is being looked up. */
  | { readonly is: 'preparing' }
  /** It has begun before its upstreams have ended. */
  | EarlyTask
  /** Its work may start. */
  | { readonly is: 'open'; readonly prepared: PreparedTask; unit: UnitState }
  /** Its work may start, with one unit for each element of a list. */
  | {
      readonly is: 'mapped';
      readonly prepared: PreparedTask;
      readonly results: MappedTask;
      readonly units: UnitState[];
    }
  | { readonly is: 'finished'; readonly status: FinishedStatus };

export type FinishedStatus = Exclude<TaskStatus, 'pending' | 'ready' | 'running' | 'retrying'>;

/** A prepared task; its key is null while upstreams are still running. */
export type PreparedTask = Omit<ReadyTask, 'key'> & { readonly key: Digest | null };

export type UnitState =
  /** It waits for a slot. */
  | { readonly is: 'queued'; readonly tries: Tries }
  /** It has its slots; its attempt may wait in a thread's queue. */
  | { readonly is: 'sent'; readonly tries: Tries; readonly attempt: Attempt }
  | { readonly is: 'running'; readonly tries: Tries; readonly attempt: Attempt }
  /** Its attempt is told to end, because its total timeout is over. */
  | { readonly is: 'expiring'; readonly tries: Tries; readonly attempt: Attempt }
  | { readonly is: 'waiting_for_retry'; readonly tries: Tries }
  /** Its attempt ended with the run that was stopped, and says nothing about the task. */
  | { readonly is: 'stopped'; readonly tries: Tries }
  | { readonly is: 'finished' };

export interface Tries {
  /** Number of attempts begun, including those under earlier holders of the run. */
  readonly begun: number;
  /** Number of those that use up no retries: attempts under earlier holders, and void ones. */
  readonly uncounted: number;
}

/** A task that began before its upstreams have ended; `early-state.ts` defines its transitions. */
export type EarlyTask = {
  readonly is: 'early';
  readonly prepared: PreparedTask;
  readonly tries: Tries;
  /** The last attempt. */
  readonly attempt: Attempt;
} & (
  | { readonly early: Exclude<EarlyState, 'held' | 'broken_failed' | 'ordinary'> }
  | { readonly early: 'held'; readonly outcome: AttemptOutcome; readonly durationMs: Milliseconds }
  | { readonly early: 'broken_failed'; readonly because: readonly TaskName[] }
);

export const PENDING: TaskState = { is: 'pending' };
export const PREPARING: TaskState = { is: 'preparing' };

/** Returns the status that expressions and the recorded run use. */
export function statusIn(state: TaskState): TaskStatus {
  switch (state.is) {
    case 'pending':
    case 'preparing':
      return 'pending';
    case 'early':
      return statusOfEarly(state);
    case 'open':
      return statusOfUnit(state.unit);
    case 'mapped':
      return 'running';
    case 'finished':
      return state.status;
    default:
      return impossible(state);
  }
}

function statusOfUnit(unit: UnitState): TaskStatus {
  switch (unit.is) {
    case 'queued':
    case 'sent':
      return unit.tries.begun > unit.tries.uncounted ? 'retrying' : 'ready';
    case 'waiting_for_retry':
      return 'retrying';
    case 'stopped':
      return 'pending';
    case 'running':
    case 'expiring':
    case 'finished':
      return 'running';
    default:
      return impossible(unit);
  }
}

function statusOfEarly({ early, tries, attempt }: EarlyTask): TaskStatus {
  if (early === 'waiting' || early === 'due' || early === 'resting') return 'retrying';
  return attempt.number > tries.begun ? 'ready' : 'running';
}
