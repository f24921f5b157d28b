/** The shells that dp knows, and how a command is started in each. */

/** Name of a program, which dp starts with its own options; or the whole argument list, which the command follows. */
export type Shell = string | readonly [program: string, ...options: string[]];

/** A command stops at its first failing line. Not every `sh` has pipefail, and a pipeline should behave alike on every machine. */
const ERREXIT = ['-e'];
const ERREXIT_PIPEFAIL = ['-e', '-o', 'pipefail'];
const OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['sh', ERREXIT],
  ['ash', ERREXIT],
  ['dash', ERREXIT],
  ['bash', ERREXIT_PIPEFAIL],
  ['ksh', ERREXIT_PIPEFAIL],
  ['mksh', ERREXIT_PIPEFAIL],
  ['zsh', ERREXIT_PIPEFAIL],
]);

export function programOf(shell: Shell): string {
  return typeof shell === 'string' ? shell : shell[0];
}

/** Returns whether the shell follows POSIX for quotes, variables and substitutions. */
export function isPosixShell(program: string): boolean {
  return OPTIONS.has(baseName(program));
}

/** Returns the arguments after the program. A program that dp does not know has to accept `-c COMMAND`. */
export function shellArguments(shell: Shell, command: string): readonly string[] {
  if (typeof shell !== 'string') return [...shell.slice(1), command];
  return [...(OPTIONS.get(baseName(shell)) ?? []), '-c', command];
}

function baseName(program: string): string {
  return (/[^/\\]*$/.exec(program)?.[0] ?? '').replace(/\.exe$/i, '');
}
