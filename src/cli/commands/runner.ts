import { runnerProcess } from '../../app/scheduling/runner-process.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { openLog } from '../console/log.ts';
import { runnerEntry } from '../text/schedule-news.ts';

/**
 * Executes queued runs until there are none for some minutes. SIGTERM lets what has begun end and takes no more; a second one,
 * or SIGINT, cancels it. The daemon starts it, and it outlives the daemon.
 */
export async function runner({ caller, terminal, json }: CommandContext): Promise<ExitCode> {
  const stop = new AbortController();
  const cancel = new AbortController();
  process.on('SIGTERM', () => (stop.signal.aborted ? cancel.abort() : stop.abort()));
  process.on('SIGINT', () => {
    stop.abort();
    cancel.abort();
  });
  // The terminal of the daemon may go; the runs go on.
  process.on('SIGHUP', () => undefined);
  const log = await openLog(terminal, json);
  const hear = (news: Parameters<typeof runnerEntry>[0]): void => log(runnerEntry(news));
  await runnerProcess({ caller, stop: stop.signal, cancel: cancel.signal, hear });
  return EXIT.ok;
}
