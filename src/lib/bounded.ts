import { createContext, runInContext } from 'node:vm';
import type { Milliseconds } from '../../model/ids.ts';

/** Shared by all calls: a context costs about a millisecond. */
let stage: { work?: () => unknown } | undefined;

/**
 * The result of `work`, or an error once it has taken `limit`: also out of a loop or a regular expression
 * that no `await` would ever interrupt. Not for work that opens things, as it stops anywhere.
 */
export function runBounded<T>(work: () => T, limit: Milliseconds): T {
  stage ??= createContext({});
  stage.work = work;
  try {
    return runInContext('work()', stage, { timeout: limit }) as T;
  } catch (cause) {
    if (isTimeout(cause)) throw new Error(`it took longer than ${limit} ms`, { cause });
    throw cause;
  } finally {
    delete stage.work;
  }
}

/** Not by class: the error may come from another context. */
function isTimeout(cause: unknown): boolean {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'code' in cause &&
    cause.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
