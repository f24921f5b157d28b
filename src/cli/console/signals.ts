/** Signals for commands that run until they are told to stop. */
import { EXIT, type ExitCode } from './exit-codes.ts';

/** The first signal aborts `stop`, and the promise settles with the exit code; a second one ends the process as usual. */
export function exitCodeAtSignal(stop: AbortController): Promise<ExitCode> {
  return new Promise((resolveCode) => {
    const end = (code: ExitCode) => () => {
      stop.abort();
      resolveCode(code);
    };
    process.once('SIGINT', end(EXIT.interrupted));
    process.once('SIGTERM', end(EXIT.terminated));
    process.once('SIGHUP', end(EXIT.terminated));
  });
}
