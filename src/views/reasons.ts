/** Reasons as words. */
import { impossible } from '../model/fault.ts';
import { skipText, type PastReason, type Reason, type WhyNote } from '../model/reason.ts';
import type { Hook } from '../model/task.ts';

/** Returns the end of a sentence that begins with the task and what it does. */
export function reasonText(reason: Reason | PastReason): string {
  switch (reason.is) {
    case 'hook':
      return WHEN[reason.hook];
    case 'not_cached':
      return 'no cache is asked for';
    case 'forced':
      return 'forced';
    case 'condition_open':
      return `if ${reason.when}, which the run decides`;
    case 'input_open':
      return `depends on what ${reason.task} will give`;
    case 'reads_run_id':
      return 'reads run.id, which is another in every run';
    case 'reads_endings':
      return `reads how ${reason.tasks.join(', ')} ended, which the run decides`;
    case 'never_succeeded':
      return 'it never succeeded before';
    case 'result_gone':
      return `the result of run ${reason.run} is gone or expired, or was not kept`;
    case 'changed':
      return `changed since run ${reason.run}`;
    case 'verified':
      return `made again, to compare with the result${reason.run === undefined ? '' : ` of run ${reason.run}`}`;
    case 'hook_again':
      return 'hooks belong to each run';
    case 'retry_all':
      return `run ${reason.run} is done over`;
    case 'retry_from_here':
      return `run ${reason.run} is done over from here`;
    case 'changed_since':
      return `it has changed since run ${reason.run}`;
    case 'follows_retried':
      return `it follows ${reason.task}, which runs again`;
    case 'not_succeeded':
      return `${reason.status ?? 'not reached'} in run ${reason.run}`;
    case 'result_damaged':
      return `its result of run ${reason.run} is gone or altered`;
    case 'skipped_before':
      return `skipped in run ${reason.run}; its condition is asked again`;
    case 'unchanged':
      return `unchanged since run ${reason.run}`;
    case 'succeeded_before':
      return `succeeded in run ${reason.run}`;
    case 'condition_false':
    case 'upstream_skipped':
      return skipText(reason);
    case 'was_not_cached':
      return 'no cache was asked for';
    case 'result_was_stored':
      return 'a result with its key was stored';
    case 'no_earlier_result':
      return 'no run before had a result of it';
    case 'compared':
      return `compared with run ${reason.run}`;
    case 'recorded':
      return reason.text;
    default:
      return impossible(reason);
  }
}

const WHEN: Readonly<Record<Hook, string>> = {
  on_success: 'when the run has succeeded',
  on_failure: 'when the run has failed',
  on_finish: 'when the run has ended, however it went',
};

export function noteText(note: WhyNote): string {
  switch (note.is) {
    case 'parts_not_kept':
      return `run ${note.run} was made by an older dp, which kept no file digests, environment or definitions`;
    case 'less_kept':
      return `run ${note.run} was made by an older dp, which kept less`;
    case 'less_kept_of_one':
      return 'one of the runs was made by an older dp, which kept less of itself';
    case 'own_unchanged':
      return `nothing of its own differs: it is reused if ${note.waitsFor.join(', ')} ${note.waitsFor.length > 1 ? 'give' : 'gives'} the same again`;
    case 'cache_was_off':
      return `its cache was off in run ${note.run}, so that its result was not kept for reuse`;
    case 'result_not_kept':
      return `the result of run ${note.run} is gone, expired or was not kept`;
    default:
      return impossible(note);
  }
}
