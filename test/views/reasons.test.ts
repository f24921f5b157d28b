/** The words of each reason stand here once: scripts read them as `reason`, people on the screen. */
import { expect, test } from 'vitest';
import type { PastReason, Reason, WhyNote } from '../../src/model/reason.ts';
import { noteText, reasonText } from '../../src/views/reasons.ts';

type Kind = (Reason | PastReason)['is'];
type Of<K extends Kind> = Extract<Reason | PastReason, { readonly is: K }>;

/** An example and its words for every kind; the type asks for those that are new. */
const REASONS: { readonly [K in Kind]: readonly [Of<K>, words: string] } = {
  hook: [{ is: 'hook', hook: 'on_failure' }, 'when the run has failed'],
  not_cached: [{ is: 'not_cached' }, 'caching is off'],
  forced: [{ is: 'forced' }, 'forced'],
  condition_open: [
    { is: 'condition_open', when: "${tasks.a.status == 'failed'}" },
    "only if ${tasks.a.status == 'failed'}, which is known during the run",
  ],
  input_open: [{ is: 'input_open', task: 'a' }, 'depends on the result of a, which runs first'],
  reads_run_id: [{ is: 'reads_run_id' }, 'reads run.id, which differs in every run'],
  reads_endings: [
    { is: 'reads_endings', tasks: ['a', 'b'] },
    'reads the status of a, b, which is known during the run',
  ],
  never_succeeded: [{ is: 'never_succeeded' }, 'it has not succeeded before'],
  result_gone: [
    { is: 'result_gone', run: 'R' },
    'the result of run R is gone or expired, or was not kept',
  ],
  changed: [{ is: 'changed', run: 'R' }, 'changed since run R'],
  input_changed: [
    {
      is: 'input_changed',
      run: 'R',
      changes: [
        {
          before: { is: 'file', path: 'a.csv', digest: '1' },
          after: { is: 'file', path: 'a.csv', digest: '2' },
        },
        {
          before: { is: 'env', name: 'REGION', digest: null },
          after: { is: 'env', name: 'REGION', digest: '3' },
        },
      ],
    },
    'what it reads changed since run R: a.csv, variable REGION',
  ],
  verified: [{ is: 'verified', run: 'R' }, 'runs again to verify the stored result of run R'],
  hook_again: [{ is: 'hook_again' }, 'hooks run in every run'],
  retry_all: [{ is: 'retry_all', run: 'R' }, 'run R is repeated'],
  retry_from_here: [{ is: 'retry_from_here', run: 'R' }, 'run R is repeated from here'],
  changed_since: [{ is: 'changed_since', run: 'R' }, 'it has changed since run R'],
  follows_retried: [{ is: 'follows_retried', task: 'a' }, 'it depends on a, which runs again'],
  not_succeeded: [{ is: 'not_succeeded', run: 'R', status: 'cancelled' }, 'cancelled in run R'],
  result_damaged: [{ is: 'result_damaged', run: 'R' }, 'its result of run R is gone or altered'],
  skipped_before: [
    { is: 'skipped_before', run: 'R' },
    'skipped in run R; its condition is evaluated again',
  ],
  unchanged: [{ is: 'unchanged', run: 'R' }, 'unchanged since run R'],
  succeeded_before: [{ is: 'succeeded_before', run: 'R' }, 'succeeded in run R'],
  condition_false: [{ is: 'condition_false', when: '1 > 2' }, 'when: 1 > 2 is false'],
  upstream_skipped: [{ is: 'upstream_skipped', task: 'a' }, 'a is skipped'],
  was_not_cached: [{ is: 'was_not_cached' }, 'caching was off'],
  result_was_stored: [{ is: 'result_was_stored' }, 'a result with its key was stored'],
  no_earlier_result: [{ is: 'no_earlier_result' }, 'no earlier run has a result of it'],
  compared: [{ is: 'compared', run: 'R' }, 'compared with run R'],
  trigger_rule: [
    { is: 'trigger_rule', rule: 'all_failed', ended: 'succeeded', tasks: ['a', 'b'], more: 0 },
    'all_failed: a, b succeeded',
  ],
  hook_unfit: [
    { is: 'hook_unfit', hook: 'on_success', status: 'cancelled' },
    'on_success: the run was cancelled',
  ],
  upstream_failed: [{ is: 'upstream_failed', because: ['a', 'b'] }, 'a, b did not succeed'],
  task_failed: [{ is: 'task_failed', task: 'a' }, 'task a failed'],
  timed_out: [{ is: 'timed_out', seconds: 5 }, 'the run did not end within 5 s'],
  cancelled: [{ is: 'cancelled', words: 'cancelled by SIGINT' }, 'cancelled by SIGINT'],
  recorded: [{ is: 'recorded', text: 'when: 1 > 2 is false' }, 'when: 1 > 2 is false'],
};

test.for(Object.values(REASONS))('%j: %s', ([reason, words]) => {
  expect(reasonText(reason)).toBe(words);
});

test('a fact that is not known is left out', () => {
  expect(reasonText({ is: 'verified' })).toBe('runs again to verify the stored result');
  expect(reasonText({ is: 'not_succeeded', run: 'R' })).toBe('not reached in run R');
});

const NOTES: { readonly [K in WhyNote['is']]: readonly [WhyNote & { readonly is: K }, string] } = {
  parts_not_kept: [
    { is: 'parts_not_kept', run: 'R' },
    'run R was made by an older dp, which kept no file digests, environment or definitions',
  ],
  less_kept: [{ is: 'less_kept', run: 'R' }, 'run R was made by an older dp, which kept less'],
  less_kept_of_one: [
    { is: 'less_kept_of_one' },
    'one of the runs was made by an older dp, which kept less',
  ],
  own_unchanged: [
    { is: 'own_unchanged', waitsFor: ['a', 'b'] },
    'nothing of its own changed: it is reused if a, b give the same result',
  ],
  cache_was_off: [
    { is: 'cache_was_off', run: 'R' },
    'caching was off in run R, so its result was not kept for reuse',
  ],
  result_not_kept: [
    { is: 'result_not_kept', run: 'R' },
    'the result of run R is gone, expired or was not kept',
  ],
};

test.for(Object.values(NOTES))('%j: %s', ([note, words]) => {
  expect(noteText(note)).toBe(words);
});

test('a note on one task that runs first says so in the singular', () => {
  expect(noteText({ is: 'own_unchanged', waitsFor: ['a'] })).toMatch(/reused if a gives the same/);
});
