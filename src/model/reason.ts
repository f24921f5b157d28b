/** Reasons for which a task is run, reused or skipped: a kind with its facts. `views/reasons.ts` makes words of them. */
import type { RunId, TaskName } from './ids.ts';
import type { InputChange } from './input-note.ts';
import type { ReasonGiven, SkipReason } from './recorded-reason.ts';
import type { Hook } from './task.ts';
import type { TaskStatus } from './run.ts';

/** Reason for which a plan runs a task. */
export type RunReason =
  | { readonly is: 'hook'; readonly hook: Hook }
  /** The caching of the task is off. */
  | { readonly is: 'not_cached' }
  | { readonly is: 'forced' }
  /** Its condition reads values that are known only during the run. */
  | { readonly is: 'condition_open'; readonly when: string }
  /** Its key depends on the result of a task that runs first. */
  | { readonly is: 'input_open'; readonly task: TaskName }
  /** Its key depends on the id of the run. */
  | { readonly is: 'reads_run_id' }
  /** Its key depends on how these tasks end. */
  | { readonly is: 'reads_endings'; readonly tasks: readonly TaskName[] }
  | { readonly is: 'never_succeeded' }
  /** The run had the same key, but its result is no longer usable. */
  | { readonly is: 'result_gone'; readonly run: RunId }
  /** The last run that succeeded had another key. */
  | { readonly is: 'changed'; readonly run: RunId }
  /** The run had the same key, but what the task read in it has changed. */
  | {
      readonly is: 'input_changed';
      readonly run: RunId;
      readonly changes: readonly InputChange[];
    }
  | { readonly is: 'verified'; readonly run?: RunId }
  | RetryReason;

/** Reason for which a retry of `run` runs a task again. */
export type RetryReason =
  | { readonly is: 'hook_again' }
  | { readonly is: 'retry_all'; readonly run: RunId }
  | { readonly is: 'retry_from_here'; readonly run: RunId }
  | { readonly is: 'changed_since'; readonly run: RunId }
  | { readonly is: 'follows_retried'; readonly task: TaskName }
  /** `status` is absent when the run did not reach the task. */
  | { readonly is: 'not_succeeded'; readonly run: RunId; readonly status?: TaskStatus }
  | { readonly is: 'result_damaged'; readonly run: RunId }
  /** The condition of a skipped task is evaluated again. */
  | { readonly is: 'skipped_before'; readonly run: RunId };

/** Reason for which a plan takes a stored result. */
export type CachedReason =
  | { readonly is: 'unchanged'; readonly run: RunId }
  | { readonly is: 'succeeded_before'; readonly run: RunId };

/** Reason for the action of a task in a recorded run. */
export type PastReason =
  | { readonly is: 'was_not_cached' }
  | { readonly is: 'result_was_stored' }
  | { readonly is: 'no_earlier_result' }
  | { readonly is: 'compared'; readonly run: RunId }
  | ReasonGiven;

export type Reason = RunReason | CachedReason | SkipReason;

/** A reason that is not a difference, or something that could not be compared. */
export type WhyNote =
  /** The run was made by a version of dp that kept no parts of its keys. */
  | { readonly is: 'parts_not_kept'; readonly run: RunId }
  | { readonly is: 'less_kept'; readonly run: RunId }
  | { readonly is: 'less_kept_of_one' }
  /** The task is reused if these give the same results again. */
  | { readonly is: 'own_unchanged'; readonly waitsFor: readonly TaskName[] }
  | { readonly is: 'cache_was_off'; readonly run: RunId }
  | { readonly is: 'result_not_kept'; readonly run: RunId };
