import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { daemonProcess } from '../../app/scheduling/daemon-process.ts';
import { ownCommand } from '../../app/project/installation.ts';
import { stateFolderFor } from '../../app/project/caller-context.ts';
import { PRIVATE_FILE } from '../../lib/private-mode.ts';
import { Fault } from '../../model/fault.ts';
import { makeFolder } from '../../store/state-folder.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { openLog } from '../console/log.ts';
import { projectRoot } from '../console/state.ts';
import { systemdNotifier } from '../console/systemd.ts';
import { schedulingEntry } from '../text/schedule-news.ts';
import { processesOf } from './daemon-control.ts';

export interface DaemonOptions {
  readonly detach?: boolean;
}

/** Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the pipeline files again. */
export async function runDaemon(
  context: CommandContext,
  { detach = false }: DaemonOptions,
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

/** Settles when the daemon is on record, or has ended before. */
async function detached(context: CommandContext, files: readonly string[]): Promise<ExitCode> {
  const { caller, terminal } = context;
  const folder = stateFolderFor(projectRoot(context), caller);
  makeFolder(folder);
  const logFile = join(folder, 'schedule.log');
  const log = openSync(logFile, 'a', PRIVATE_FILE);
  const { command, args } = ownCommand();
  const child = spawn(command, [...args, 'schedule', '--json', '--state-dir', folder, ...files], {
    cwd: caller.cwd,
    env: caller.env,
    detached: true,
    stdio: ['ignore', 'ignore', log],
  });
  closeSync(log);
  child.unref();
  let code: number | null | undefined;
  child.on('exit', (ended) => (code = ended));
  const isThere = (): boolean =>
    processesOf(context).some(({ owner }) => owner.pid === child.pid) || code !== undefined;
  while (!isThere()) await sleep(20);
  if (code !== undefined)
    throw new Fault('DP6305', `the daemon ended at once: ${lastLine(logFile)}`, {
      hint: `its log is ${logFile}`,
    });
  terminal.err(`the daemon is process ${child.pid}; its log is ${logFile}\n`);
  return EXIT.ok;
}

const lastLine = (file: string): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
