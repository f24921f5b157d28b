/**
 * Why a run skips a task, does not reach it, or is stopped: a kind with its facts, as events keep it. Beside the facts, events
 * keep the text that is made here, for readers that do not know the kinds; `views/reasons.ts` has the words of all other reasons.
 */
import { impossible } from './fault.ts';
import type { Seconds, TaskName } from './ids.ts';
import { isJsonObject } from './json.ts';
import {
  hasShape,
  isCount,
  isName,
  isNumber,
  isText,
  listOf,
  oneOf,
  type Check,
  type Shape,
} from './shape.ts';
import { HOOKS, type Hook } from './task.ts';
import { TRIGGER_RULES, type RuleSkip } from './trigger-rule.ts';

/** Reason for which a plan, or a run that has evaluated the condition, leaves a task out. */
export type SkipReason =
  | { readonly is: 'condition_false'; readonly when: string }
  | { readonly is: 'upstream_skipped'; readonly task: TaskName };

export type TaskSkipReason =
  | SkipReason
  | ({ readonly is: 'trigger_rule' } & RuleSkip)
  | { readonly is: 'hook_unfit'; readonly hook: Hook; readonly status: HookStatus };

type HookStatus = keyof typeof STATUS_IN_WORDS;

export type RunStopReason =
  | { readonly is: 'task_failed'; readonly task: TaskName }
  | { readonly is: 'timed_out'; readonly seconds: Seconds }
  /** The run was cancelled; `words` is the reason given by the user. */
  | { readonly is: 'cancelled'; readonly words: string };

export type RecordedReason =
  | TaskSkipReason
  | RunStopReason
  | { readonly is: 'upstream_failed'; readonly because: readonly TaskName[] };

/** Data of an event that has a reason. */
export interface WithReason<R extends RecordedReason> {
  readonly reason: string;
  /** The facts; absent in what an older dp wrote. A later dp may write a kind that this one does not know. */
  readonly why?: R;
}

export function withReason<R extends RecordedReason>(why: R): WithReason<R> {
  return { reason: recordedText(why), why };
}

/** Returns the facts; the text alone where there are none, or none that this dp knows. */
export function reasonIn({ reason, why }: WithReason<RecordedReason>): ReasonGiven {
  return isKnown(why) ? why : { is: 'recorded', text: reason };
}

export type ReasonGiven = RecordedReason | { readonly is: 'recorded'; readonly text: string };

export function recordedText(reason: RecordedReason): string {
  switch (reason.is) {
    case 'condition_false':
      return `when: ${reason.when} is false`;
    case 'upstream_skipped':
      return `${reason.task} is skipped`;
    case 'trigger_rule':
      return ruleText(reason);
    case 'hook_unfit':
      return `${reason.hook}: the run ${STATUS_IN_WORDS[reason.status]}`;
    case 'upstream_failed':
      return `${reason.because.join(', ')} did not succeed`;
    case 'task_failed':
      return `task ${reason.task} failed`;
    case 'timed_out':
      return `the run did not end within ${reason.seconds} s`;
    case 'cancelled':
      return reason.words;
    default:
      return impossible(reason);
  }
}

const STATUS_IN_WORDS = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
} as const;

function ruleText({ rule, ended, tasks, more }: RuleSkip): string {
  const listed = tasks.join(', ') + (more > 0 ? ` and ${more} more` : '');
  if (ended === 'without_failure')
    return `${rule}: ${tasks.length > 1 ? `none of ${listed} failed` : `${listed} did not fail`}`;
  return rule === 'all_failed' ? `${rule}: ${listed} ${ended}` : `${listed} ${ended}`;
}

/** Tells whether the data can be a reason: one of a later dp, or one of the kinds below with its facts. */
export const isReason: Check = (value) =>
  isJsonObject(value) && isText(value['is']) && (FITS.get(value['is'])?.(value) ?? true);

const isKnown = (why: RecordedReason | undefined): why is RecordedReason =>
  why !== undefined && FITS.get(why.is)?.(why) === true;

const SHAPES: {
  readonly [K in RecordedReason['is']]: Omit<
    Shape<Extract<RecordedReason, { readonly is: K }>>,
    'is'
  >;
} = {
  condition_false: { when: isText },
  upstream_skipped: { task: isName },
  trigger_rule: {
    rule: oneOf(TRIGGER_RULES),
    ended: oneOf(['succeeded', 'skipped', 'without_failure'] satisfies RuleSkip['ended'][]),
    tasks: listOf(isName),
    more: isCount,
  },
  hook_unfit: { hook: oneOf(HOOKS), status: oneOf(Object.keys(STATUS_IN_WORDS)) },
  upstream_failed: { because: listOf(isName) },
  task_failed: { task: isName },
  timed_out: { seconds: isNumber },
  cancelled: { words: isText },
};

const FITS: ReadonlyMap<string, Check> = new Map(
  Object.entries(SHAPES).map(([kind, shape]) => [kind, hasShape<object>(shape)]),
);
