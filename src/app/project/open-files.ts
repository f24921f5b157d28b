/** The limit of open files of this process, and the number of jobs that it allows. */
import { readFileSync } from 'node:fs';
import { Fault } from '../../model/fault.ts';

/** Descriptors of a run itself: event loop, state, log, and what Node opens while it loads modules. Measured: 27, and some at once. */
const OWN_FILES = 40;
/** Descriptors of a thread, of a process or of a command with its pipes. Measured: 5, and a file that its task reads or writes. */
const FILES_PER_JOB = 6;

/** Returns the jobs that were asked for, or as many as the open files allow. Throws DP8002 when they do not allow one. */
export function jobsWithin(jobs: number, openFiles: number): number {
  const most = Math.floor((openFiles - OWN_FILES) / FILES_PER_JOB);
  if (most >= 1) return Math.min(jobs, most);
  const least = OWN_FILES + FILES_PER_JOB;
  throw new Fault(
    'DP8002',
    `a run needs ${least} open files, but this process may have ${openFiles} (EMFILE)`,
    { hint: 'raise the limit of open files: `ulimit -n 1024`' },
  );
}

/** Returns the limit that the system sets this process; Infinity where the system does not tell it in a file. */
export function openFileLimit(): number {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch (error) {
    // Even this file is one too many.
    return (error as NodeJS.ErrnoException).code === 'EMFILE' ? 0 : Infinity;
  }
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? Infinity : Number(soft);
}
