/** A run whose id was given: it begins once, and a second request gets the outcome of the existing run. */
import { Fault } from '../../model/fault.ts';
import { isRunId, type RunId } from '../../model/ids.ts';
import { canonicalJson } from '../../model/json.ts';
import type { Plan } from '../../model/plan.ts';
import { hasEnded, type RunEnding, type RunRecord } from '../../model/run.ts';
import type { RunStore } from '../../store/run-store.ts';
import { readRun } from '../project/find-run.ts';
import { requestOf } from '../project/state.ts';
import type { Running } from './run.ts';
import type { RunRequest } from '../../executor/run/run-request.ts';

/** Throws DP2001 for a text that cannot be the id of a run. */
export function refuseMalformed(runId: RunId): void {
  if (isRunId(runId) && runId !== 'last') return;
  throw new Fault('DP2001', `"${runId}" cannot be the id of a run`, {
    hint: 'it has to begin with a lower-case letter or a digit, contain only these, - and _, and have at most 100 characters; "last" is reserved',
  });
}

/**
 * Tells whether the run is running or has ended, so that its outcome can be reported. Throws DP6021 when the id belongs to
 * a run of another pipeline, plan or parameters.
 */
export function isTold(store: RunStore, runId: RunId, plan: Plan): boolean {
  const run = store.get(runId);
  if (run === undefined) return false;
  const what = differenceFrom(plan, run, requestOf({ store }, runId));
  if (what !== undefined)
    throw new Fault('DP6021', `the id "${runId}" belongs to a run of ${what}`, {
      hint: 'give this run an id of its own',
    });
  return store.holder(runId) !== undefined || (run.status !== 'crashed' && hasEnded(run.status));
}

function differenceFrom(
  plan: Plan,
  { pipeline, planId }: { readonly pipeline: string; readonly planId: string },
  { params }: Pick<RunRequest, 'params'>,
): string | undefined {
  if (pipeline !== plan.pipeline) return `pipeline "${pipeline}"`;
  if (planId !== plan.planId) return 'another plan: the pipeline or the selection was not the same';
  return canonicalJson(params) === canonicalJson(plan.params) ? undefined : 'other parameters';
}

/** Returns a run that has ended in the form of a running one: its end settles at once, and its events are on record. */
export function endedRun(
  run: Pick<Running, 'runId' | 'jobs' | 'state' | 'redacted'>,
  plan: Plan,
): Running {
  const record = readRun(run.state, run.runId);
  return {
    ...run,
    handle: { ended: Promise.resolve(endingOf(record, plan)), cancel: () => undefined },
    follow: () => nothing(),
    findings: () => [],
  };
}

async function* nothing(): AsyncGenerator<never> {}

function endingOf({ status, error, tasks }: RunRecord, plan: Plan): RunEnding {
  const hookFailed = plan.tasks.some(({ name, hook, settings }) => {
    const ended = tasks.get(name)?.status;
    return (
      hook !== undefined && !settings.failSafe && (ended === 'failed' || ended === 'timed_out')
    );
  });
  return {
    status: status === 'succeeded' || status === 'cancelled' ? status : 'failed',
    timedOut: error?.code === 'DP6005',
    hookFailed,
  };
}
