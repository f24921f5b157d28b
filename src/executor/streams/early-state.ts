/**
 * A task that reads live streams begins before its upstreams have ended, so both may end in any order. This table says what
 * every order comes to. It keeps one promise: an attempt counts only when everything it read does. So the outcomes are those of
 * a run in which nothing begins early.
 */
import { Fault } from '../../model/fault.ts';

export type EarlyState =
  | 'running'
  /** Its own failure: the next try is not due yet. */
  | 'resting'
  /** Its next try may begin. */
  | 'due'
  /** It has its outcome, which counts when its upstreams have ended well. */
  | 'held'
  /** A stream it read broke off: its attempt counts for nothing, and may still be on the way out. */
  | 'broken'
  /** The same, and all its upstreams have ended well meanwhile. */
  | 'broken_ready'
  /** The same, and an upstream has failed for good. */
  | 'broken_failed'
  /** It begins as soon as there is something to read. */
  | 'waiting'
  /** Its upstreams have ended, or it has: nothing about it is early any more. */
  | 'ordinary';

export type EarlyHappening =
  | 'begins'
  /** Its thread never came to it. */
  | 'is_taken_back'
  /** It succeeded, or failed and is not tried again. */
  | 'has_outcome'
  | 'fails_and_rests'
  | 'is_cancelled'
  | 'is_due'
  /** The attempt of an upstream that it reads ended without success. */
  | 'stream_breaks'
  /** Nothing of its broken attempt is under way any more, and it is known what becomes of the upstream. */
  | 'is_over'
  | 'upstreams_end_well'
  | 'upstream_fails';

/** What is to be done about it. */
export type EarlyAct =
  | 'nothing'
  /** Tell the attempt to end. */
  | 'stop'
  /** Its next try is not wanted as it was planned. */
  | 'forget_try'
  /** Record that the attempt came to nothing. */
  | 'void'
  | 'void_and_start'
  /** It may start like any other task, with a key that is final. */
  | 'start'
  /** It goes on as it is; its key is final now. */
  | 'confirm'
  /** Record its outcome. */
  | 'commit'
  /** Record that it ends with its upstream. */
  | 'end_with_upstream';

export interface EarlyStep {
  readonly state: EarlyState;
  readonly act: EarlyAct;
}

/** Throws DP9001 for what cannot happen. */
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
