/** Filters come in as a person writes them; runs on record go out, newest first. */
import { Fault } from '../../model/fault.ts';
import { RUN_STATES, type RunStatus, type RunSummary } from '../../model/run.ts';
import { findRun } from './find-run.ts';
import type { State } from './state.ts';

export interface RunFilter {
  readonly limit: number;
  readonly pipeline?: string;
  readonly status?: string;
  /** A run's id, the beginning of one, or `last`: only runs that began before it. */
  readonly before?: string;
}

/** The runs of a list; those that cannot be read are left out and reported. */
export interface ListedRuns {
  readonly runs: readonly RunSummary[];
  readonly damaged: readonly Fault[];
}

/** Throws DP2001 for an unknown status, DP2007 for an unknown run. */
export function listRuns(
  state: Pick<State, 'store' | 'folder'>,
  { limit, pipeline, status, before }: RunFilter,
): ListedRuns {
  const damaged: Fault[] = [];
  const runs = state.store.list({
    limit,
    hearDamage: (fault) => damaged.push(fault),
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(status === undefined ? {} : { status: statusFrom(status) }),
    ...(before === undefined ? {} : { before: findRun(state, before) }),
  });
  return { runs, damaged };
}

function statusFrom(word: string): RunStatus {
  const status = RUN_STATES.find((each) => each === word);
  if (status !== undefined) return status;
  throw new Fault('DP2001', `there is no status "${word}"`, {
    hint: `one of ${RUN_STATES.join(', ')}`,
  });
}
