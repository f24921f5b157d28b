/** A runner as a process: it opens the engine of its project, is on record while it works, and closes what it opened. */
import type { Milliseconds } from '../../model/ids.ts';
import { onWake } from '../../store/wake.ts';
import { openEngine, type RunPolicy } from '../engine.ts';
import { rootFor, stateFolderFor, type CallerContext } from '../project/caller-context.ts';
import { jobsWithin, meansOfThisProcess } from '../project/job-limits.ts';
import { usualJobs } from '../project/jobs.ts';
import { openState } from '../project/state.ts';
import { onRecord } from './on-record.ts';
import { planQueued } from './plan-queued.ts';
import { rememberingParser } from './remembered-parse.ts';
import { Runner, type RunnerNews } from './runner.ts';
import { scheduleSettings } from '../project/schedule-settings.ts';

export interface RunnerProcessOptions {
  readonly caller: CallerContext;
  /** Aborts when the runner is to take no more runs. */
  readonly stop: AbortSignal;
  /** Aborts when the runs that it executes are to be cancelled. */
  readonly cancel: AbortSignal;
  readonly hear: (news: RunnerNews) => void;
}

/** A runner that has had nothing to do for so long ends. */
const IDLE_MS: Milliseconds = 300_000;

const POLICY: RunPolicy = {
  byLevel: false,
  onFailure: 'continue',
  graceMs: 10_000,
  cache: { read: true, write: true },
};

/** Settles when the runner has ended. */
export async function runnerProcess(options: RunnerProcessOptions): Promise<void> {
  const { caller, stop, cancel, hear } = options;
  const project = rootFor(caller.cwd, caller);
  const { maxRuns: atOnce, onCrash } = scheduleSettings(project, caller);
  const { jobs } = jobsWithin(usualJobs(project, caller), meansOfThisProcess());
  const parse = rememberingParser();
  await using engine = openEngine({ project, caller, jobs });
  const runner = new Runner({
    engine,
    clock: caller.clock,
    policy: POLICY,
    plan: (run) => planQueued(run, caller, parse),
    atOnce,
    onCrash,
    idleMs: IDLE_MS,
    onWake: (act) => onWake(stateFolderFor(project, caller), act),
    hear,
  });
  cancel.addEventListener('abort', () => runner.cancel('the scheduler was stopped'));
  using opened = new DisposableStack();
  const { store } = opened.use(openState(project, caller, { readOnly: false }));
  opened.use(onRecord(store.processes, caller.clock));
  await runner.work(stop);
}
