/** What exit codes and variables mean, as the manual page has it; the tables in src/cli/README.md say the same. */
import type { EXIT } from '../console/exit-codes.ts';

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'success, all cached included',
  taskFailed:
    'the run finished and a task, or a hook, failed; dp doctor found a problem; dp schedule status is not healthy',
  usage: 'usage: unknown flag, parameter, task, run, file',
  invalid: 'invalid definition: YAML, types, cycle, a module that does not load',
  nothingSelected: 'nothing selected',
  changes: 'only with --detailed-exitcode: the plan has tasks to run',
  refused: 'refused: held by another process, queued, or no daemon to ask',
  bug: 'a bug in dp',
  io: 'state or disk failure',
  timedOut: "the run's own timeout",
  interrupted: 'cancelled by SIGINT',
  terminated: 'cancelled by SIGTERM or SIGHUP',
};

export const VARIABLES: Readonly<Record<string, string>> = {
  DP_STATE_DIR: 'the state directory; --state-dir overrides it',
  DP_JOBS: 'the number of tasks at once; -j overrides it',
  DP_EVENTS_BROKER: 'the address of the broker; it takes precedence over that of dp.yaml',
  'NO_COLOR, TERM=dumb, CI': 'no colours; no colours and no live view; no live view',
  XDG_CACHE_HOME: 'where derived files are kept, in dp/',
};
