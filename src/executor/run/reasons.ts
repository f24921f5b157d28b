/** Reasons why tasks are skipped and runs are stopped: as data, and in words. */
import { impossible } from '../../model/fault.ts';
import type { Seconds, TaskName } from '../../model/ids.ts';
import type { RunEnding } from '../../model/run.ts';
import { skipText, type SkipReason } from '../../model/reason.ts';
import type { Hook } from '../../model/task.ts';
import { whySkipped, type Ending, type TriggerRule } from '../../model/trigger-rule.ts';

export type TaskSkipReason =
  /** The plan's decision, or its condition, which only the run could evaluate. */
  | SkipReason
  /** `ended` tells how the direct upstreams of the task have ended. */
  | {
      readonly is: 'trigger_rule';
      readonly rule: TriggerRule;
      readonly ended: ReadonlyMap<TaskName, Ending>;
    }
  | { readonly is: 'hook_unfit'; readonly hook: Hook; readonly status: RunEnding['status'] };

export type RunStopReason =
  | { readonly is: 'task_failed'; readonly task: TaskName }
  | { readonly is: 'timed_out'; readonly seconds: Seconds }
  /** The run was cancelled; `words` is the reason given by the user. */
  | { readonly is: 'cancelled'; readonly words: string };

/** Returns the text of a reason as it appears in events. */
export function wordsOf(reason: TaskSkipReason | RunStopReason): string {
  switch (reason.is) {
    case 'trigger_rule':
      return whySkipped(reason.rule, reason.ended);
    case 'condition_false':
    case 'upstream_skipped':
      return skipText(reason);
    case 'hook_unfit':
      return `${reason.hook}: the run ${STATUS_IN_WORDS[reason.status]}`;
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
