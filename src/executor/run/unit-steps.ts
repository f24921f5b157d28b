/** The state machine of a unit of work: a table of states and events. */
import { Fault } from '../../model/fault.ts';
import type { Attempt } from '../ports/workforce.ts';
import type { Tries, UnitState } from './task-states.ts';

export type UnitHappening =
  /** Its slots were taken for the attempt. */
  | { readonly is: 'starts'; readonly attempt: Attempt }
  /** The attempt has its thread, process or run to itself. */
  | { readonly is: 'begins' }
  /** Its worker never began the attempt. */
  | { readonly is: 'is_taken_back' }
  | { readonly is: 'fails_and_is_retried' }
  /** It succeeded, or failed and is not retried. */
  | { readonly is: 'has_outcome' }
  | { readonly is: 'is_stopped' }
  | { readonly is: 'is_due' }
  /** No slot was free within its `queueTimeout`. */
  | { readonly is: 'waited_too_long' }
  /** Its `totalTimeout` has expired. */
  | { readonly is: 'is_out_of_time' };

/** Action that a transition requires. */
export type UnitAct =
  | 'nothing'
  /** Put it into the queue for a slot. */
  | 'enqueue'
  /** Take it out of the queue, and record its failure. */
  | 'withdraw_and_fail'
  | 'fail'
  /** Tell the attempt to end. */
  | 'expire';

export interface UnitStep {
  readonly state: UnitState;
  readonly act: UnitAct;
}

/** Throws DP9001 for an event that is impossible in the state. */
export function unitStep(before: UnitState, happening: UnitHappening): UnitStep {
  const step = TABLE[before.is][happening.is];
  if (step === undefined)
    throw new Fault('DP9001', `a unit of work that is ${before.is} met "${happening.is}"`);
  const [is, act = 'nothing'] = step;
  return { state: stateAfter(before, is, happening), act };
}

type Is = UnitState['is'];
type UnitRow = Partial<Record<UnitHappening['is'], readonly [Is, UnitAct?]>>;

const TABLE: Readonly<Record<Is, UnitRow>> = {
  queued: {
    starts: ['sent'],
    waited_too_long: ['finished', 'withdraw_and_fail'],
    is_out_of_time: ['finished', 'withdraw_and_fail'],
  },
  sent: {
    begins: ['running'],
    is_taken_back: ['queued', 'enqueue'],
    fails_and_is_retried: ['waiting_for_retry'],
    has_outcome: ['finished'],
    is_stopped: ['stopped'],
    // The unit already has its slot.
    waited_too_long: ['sent'],
    is_out_of_time: ['expiring', 'expire'],
  },
  running: {
    is_taken_back: ['queued', 'enqueue'],
    fails_and_is_retried: ['waiting_for_retry'],
    has_outcome: ['finished'],
    is_stopped: ['stopped'],
    is_out_of_time: ['expiring', 'expire'],
  },
  expiring: {
    begins: ['expiring'],
    is_taken_back: ['finished', 'fail'],
    has_outcome: ['finished'],
    is_stopped: ['stopped'],
  },
  waiting_for_retry: {
    is_due: ['queued', 'enqueue'],
    is_out_of_time: ['finished', 'fail'],
  },
  stopped: {
    is_out_of_time: ['stopped'],
  },
  // The task may have been cancelled before a timer of the unit fired.
  finished: {
    is_due: ['finished'],
    waited_too_long: ['finished'],
    is_out_of_time: ['finished'],
  },
};

function stateAfter(before: UnitState, is: Is, happening: UnitHappening): UnitState {
  if (is === 'finished' || before.is === 'finished') return { is: 'finished' };
  const tries = triesAfter(before.tries, happening, attemptIn(before));
  if (is === 'queued' || is === 'waiting_for_retry' || is === 'stopped') return { is, tries };
  const attempt = happening.is === 'starts' ? happening.attempt : attemptIn(before);
  if (attempt === undefined) throw new Fault('DP9001', `a unit of work is ${is} unattempted`);
  return { is, tries, attempt };
}

const attemptIn = (state: UnitState): Attempt | undefined =>
  'attempt' in state ? state.attempt : undefined;

/** An attempt counts from its beginning, unless it is taken back. */
function triesAfter(tries: Tries, { is }: UnitHappening, attempt: Attempt | undefined): Tries {
  if (attempt === undefined) return tries;
  if (is === 'begins') return { ...tries, begun: attempt.number };
  if (is === 'is_taken_back') return { ...tries, begun: attempt.number - 1 };
  return tries;
}
