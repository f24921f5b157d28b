/**
 * A task that reads live streams begins before its upstreams have ended, so both may end in any order. This table defines the
 * transitions for every order. Its invariant: an attempt counts only when everything it read does. So the outcomes are those of
 * a run in which nothing begins early.
 */
import { Fault } from '../../model/fault.ts';

export type EarlyState =
  | 'running'
  /** Its attempt failed, and the next one is not due yet. */
  | 'resting'
  /** Its next attempt may begin. */
  | 'due'
  /** It has its outcome, which counts once its upstreams have succeeded. */
  | 'held'
  /** A stream it read broke off: its attempt is void, and may still be running. */
  | 'broken'
  /** It is broken, and all its upstreams have since succeeded. */
  | 'broken_ready'
  /** It is broken, and an upstream has finally failed. */
  | 'broken_failed'
  /** It begins as soon as there is a stream to read. */
  | 'waiting'
  /** It or all its upstreams have ended: it is an ordinary task from now on. */
  | 'ordinary';

export type EarlyHappening =
  | 'begins'
  /** Its thread never began the attempt. */
  | 'is_taken_back'
  /** It succeeded, or failed and is not retried. */
  | 'has_outcome'
  | 'fails_and_rests'
  | 'is_cancelled'
  | 'is_due'
  /** The attempt of an upstream that it reads ended without success. */
  | 'stream_breaks'
  /** Its broken attempt has ended, and the state of the upstream is known. */
  | 'is_over'
  | 'upstreams_end_well'
  | 'upstream_fails';

/** Action that a transition requires. */
export type EarlyAct =
  | 'nothing'
  /** Tell the attempt to end. */
  | 'stop'
  /** Discard the retry that was scheduled. */
  | 'forget_try'
  /** Record that the attempt is void. */
  | 'void'
  | 'void_and_start'
  /** Start it like any other task; its key is final. */
  | 'start'
  /** Let its attempt continue as an ordinary one; its key is final. */
  | 'confirm'
  /** Record its outcome. */
  | 'commit'
  /** Record that it failed because of its upstream. */
  | 'end_with_upstream';

export interface EarlyStep {
  readonly state: EarlyState;
  readonly act: EarlyAct;
}

/** Throws DP9001 for an event that is impossible in the state. */
export function stepOf(state: EarlyState, happening: EarlyHappening): EarlyStep {
  const step = TABLE[state][happening];
  if (step === undefined)
    throw new Fault('DP9001', `an early task that is ${state} met "${happening}"`);
  const [next, act = 'nothing'] = step;
  return { state: next, act };
}

type EarlyRow = Partial<Record<EarlyHappening, readonly [EarlyState, EarlyAct?]>>;

const TABLE: Readonly<Record<EarlyState, EarlyRow>> = {
  waiting: {
    begins: ['running'],
    stream_breaks: ['waiting'],
    upstreams_end_well: ['ordinary', 'start'],
    upstream_fails: ['ordinary'],
  },
  running: {
    is_taken_back: ['due'],
    has_outcome: ['held'],
    fails_and_rests: ['resting'],
    is_cancelled: ['waiting'],
    stream_breaks: ['broken', 'stop'],
    upstreams_end_well: ['ordinary', 'confirm'],
  },
  resting: {
    is_due: ['due'],
    stream_breaks: ['waiting', 'forget_try'],
    upstreams_end_well: ['ordinary', 'confirm'],
  },
  due: {
    begins: ['running'],
    stream_breaks: ['waiting', 'forget_try'],
    upstreams_end_well: ['ordinary', 'start'],
  },
  held: {
    stream_breaks: ['broken'],
    upstreams_end_well: ['ordinary', 'commit'],
  },
  broken: {
    stream_breaks: ['broken'],
    is_over: ['waiting', 'void'],
    upstreams_end_well: ['broken_ready'],
    upstream_fails: ['broken_failed'],
  },
  broken_ready: {
    is_over: ['ordinary', 'void_and_start'],
  },
  broken_failed: {
    stream_breaks: ['broken_failed'],
    is_over: ['ordinary', 'end_with_upstream'],
  },
  ordinary: {},
};
