/** Work with a limit in time, for what a stranger's text can make endless: a loop in an expression, a regular expression. */
import { createContext, runInContext } from 'node:vm';

export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Shared by all calls: a context costs about a millisecond. */
let stage: { work?: () => unknown } | undefined;

/**
 * Returns the result of `work`, or throws OutOfTime once it has taken `limitMs`: also out of a loop or a regular expression
 * that no `await` would ever interrupt. Not for work that opens things, as it stops anywhere.
 */
export function runBounded<T>(work: () => T, limitMs: number): T {
  stage ??= createContext({});
  stage.work = work;
  try {
    return runInContext('work()', stage, { timeout: limitMs }) as T;
  } catch (cause) {
    if (isTimeout(cause)) throw new OutOfTime(`it took longer than ${limitMs} ms`, { cause });
    throw cause;
  } finally {
    delete stage.work;
  }
}

/** The error may come from another context, so its class says nothing. */
function isTimeout(cause: unknown): boolean {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'code' in cause &&
    cause.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
