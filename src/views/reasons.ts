/** The words of reasons. */
import { impossible } from '../model/fault.ts';
import type { InputChange, InputNote } from '../model/input-note.ts';
import { recordedText } from '../model/recorded-reason.ts';
import type { PastReason, Reason, WhyNote } from '../model/reason.ts';
import type { TaskRecord } from '../model/run.ts';
import type { Hook } from '../model/task.ts';

/** Returns the end of a sentence that begins with the task and what it does, such as `count runs: caching is off`. */
export function reasonText(reason: Reason | PastReason): string {
  switch (reason.is) {
    case 'hook':
      return WHEN[reason.hook];
    case 'not_cached':
      return 'caching is off';
    case 'forced':
      return 'forced';
    case 'condition_open':
      return `only if ${reason.when}, which is known during the run`;
    case 'input_open':
      return `depends on the result of ${reason.task}, which runs first`;
    case 'reads_run_id':
      return 'reads run.id, which differs in every run';
    case 'reads_endings':
      return `reads the status of ${reason.tasks.join(', ')}, which is known during the run`;
    case 'never_succeeded':
      return 'it has not succeeded before';
    case 'result_gone':
      return `the result of run ${reason.run} is gone or expired, or was not kept`;
    case 'changed':
      return `changed since run ${reason.run}`;
    case 'input_changed':
      return `what it reads changed since run ${reason.run}: ${changedText(reason.changes)}`;
    case 'verified':
      return `runs again to verify the stored result${reason.run === undefined ? '' : ` of run ${reason.run}`}`;
    case 'hook_again':
      return 'hooks run in every run';
    case 'retry_all':
      return `run ${reason.run} is repeated`;
    case 'retry_from_here':
      return `run ${reason.run} is repeated from here`;
    case 'changed_since':
      return `it has changed since run ${reason.run}`;
    case 'follows_retried':
      return `it depends on ${reason.task}, which runs again`;
    case 'not_succeeded':
      return `${reason.status ?? 'not reached'} in run ${reason.run}`;
    case 'result_damaged':
      return `its result of run ${reason.run} is gone or altered`;
    case 'skipped_before':
      return `skipped in run ${reason.run}; its condition is evaluated again`;
    case 'unchanged':
      return `unchanged since run ${reason.run}`;
    case 'succeeded_before':
      return `succeeded in run ${reason.run}`;
    case 'was_not_cached':
      return 'caching was off';
    case 'result_was_stored':
      return 'a result with its key was stored';
    case 'no_earlier_result':
      return 'no earlier run has a result of it';
    case 'compared':
      return `compared with run ${reason.run}`;
    case 'recorded':
      return reason.text;
    case 'condition_false':
    case 'upstream_skipped':
    case 'trigger_rule':
    case 'hook_unfit':
    case 'upstream_failed':
    case 'task_failed':
    case 'timed_out':
    case 'cancelled':
      return recordedText(reason);
    default:
      return impossible(reason);
  }
}

/** Number of changed inputs in a sentence; `dp why` lists all. */
const INPUTS_SHOWN = 3;

function changedText(changes: readonly InputChange[]): string {
  const names = changes.map(({ before }) => inputName(before));
  const more = names.length > INPUTS_SHOWN ? ` and ${names.length - INPUTS_SHOWN} more` : '';
  return `${names.slice(0, INPUTS_SHOWN).join(', ')}${more}`;
}

/** Returns what the note is about, as people name it. */
export function inputName(note: InputNote): string {
  if (note.is === 'glob') return note.pattern;
  if ('path' in note) return note.path;
  if ('name' in note) return `${note.is === 'env' ? 'variable' : 'parameter'} ${note.name}`;
  return note.is === 'env_names' ? 'the variables that are set' : 'the parameters';
}

/** Returns why a task was skipped, not reached or cancelled, or else the kind of its last failure; undefined for any other task. */
export const taskReasonText = ({
  reason,
  why,
}: Pick<TaskRecord, 'reason' | 'why'>): string | undefined =>
  why === undefined ? reason : reasonText(why);

const WHEN: Readonly<Record<Hook, string>> = {
  on_success: 'when the run has succeeded',
  on_failure: 'when the run has failed',
  on_finish: 'when the run has ended, whatever its status',
};

export function noteText(note: WhyNote): string {
  switch (note.is) {
    case 'parts_not_kept':
      return `run ${note.run} was made by an older dp, which kept no file digests, environment or definitions`;
    case 'less_kept':
      return `run ${note.run} was made by an older dp, which kept less`;
    case 'less_kept_of_one':
      return 'one of the runs was made by an older dp, which kept less';
    case 'own_unchanged':
      return `nothing of its own changed: it is reused if ${note.waitsFor.join(', ')} ${note.waitsFor.length > 1 ? 'give' : 'gives'} the same result`;
    case 'cache_was_off':
      return `caching was off in run ${note.run}, so its result was not kept for reuse`;
    case 'result_not_kept':
      return `the result of run ${note.run} is gone, expired or was not kept`;
    default:
      return impossible(note);
  }
}
