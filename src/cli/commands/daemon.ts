import { resolve } from 'node:path';
import { stateFolderFor } from '../../app/project/caller-context.ts';
import { daemonProcess } from '../../app/scheduling/daemon-process.ts';
import { startDetached } from '../../app/scheduling/detached-daemon.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { openLog } from '../console/log.ts';
import { openForReading, projectRoot } from '../console/state.ts';
import { systemdNotifier } from '../console/systemd.ts';
import { schedulingEntry } from '../text/schedule-news.ts';

export interface StartDaemonOptions {
  readonly detach?: boolean;
}

/** Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the pipeline files again. */
export async function runDaemon(
  context: CommandContext,
  { detach = false }: StartDaemonOptions,
  files: readonly string[],
): Promise<ExitCode> {
  const { caller, terminal, json } = context;
  const absolute = files.map((file) => resolve(caller.cwd, file));
  if (detach) return await detached(context, absolute);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const log = await openLog(terminal, json);
  const notifier = systemdNotifier(caller.env, (text) => log({ level: 'warn', text }));
  await daemonProcess({
    caller,
    files: absolute,
    stop: stop.signal,
    onReload: (reload) => process.on('SIGHUP', reload),
    hear: (news) => log(schedulingEntry(news)),
    progress: () => notifier.progress(),
  });
  notifier.stopping();
  log({ level: 'info', text: 'the daemon has ended; runs that have begun go on in their runners' });
  return EXIT.ok;
}

async function detached(context: CommandContext, files: readonly string[]): Promise<ExitCode> {
  const { caller, terminal } = context;
  const folder = stateFolderFor(projectRoot(context), caller);
  const reading = () => openForReading(context);
  const words = ['schedule', '--json', ...files];
  const { pid, log } = await startDetached(words, { caller, folder, reading });
  terminal.err(`the daemon is process ${pid}; its log is ${log}\n`);
  return EXIT.ok;
}
