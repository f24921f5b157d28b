/** The exit codes of dp, and the one that each kind of failure has; src/cli/README.md shows the table. */
import type { FaultKind } from '../../model/fault.ts';
import { faultOf } from './fault-of.ts';

export const EXIT = {
  ok: 0,
  taskFailed: 1,
  usage: 2,
  invalid: 3,
  nothingSelected: 4,
  changes: 5,
  refused: 6,
  bug: 70,
  io: 74,
  timedOut: 124,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_OF_KIND: Readonly<Record<FaultKind, ExitCode>> = {
  usage: EXIT.usage,
  not_found: EXIT.usage,
  conflict: EXIT.usage,
  definition: EXIT.invalid,
  empty_selection: EXIT.nothingSelected,
  warning: EXIT.ok,
  refused: EXIT.refused,
  failed: EXIT.taskFailed,
  timed_out: EXIT.timedOut,
  cancelled: EXIT.interrupted,
  storage: EXIT.io,
  bug: EXIT.bug,
};

/** Returns the exit code of an error. */
export function exitCodeOf(error: unknown): ExitCode {
  return EXIT_OF_KIND[faultOf(error).kind];
}
