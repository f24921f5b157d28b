import { ownCommand } from '../../app/project/installation.ts';
import { stateFolderFor } from '../../app/project/caller-context.ts';
import { Fault } from '../../model/fault.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { projectRoot } from '../console/state.ts';

export interface InstallOptions {
  readonly print?: boolean;
  readonly user?: boolean;
}

/** Prints the unit by which systemd runs the daemon of the project. dp writes no file of the system. */
export function install(
  context: CommandContext,
  { print = false, user = false }: InstallOptions,
  files: readonly string[],
): ExitCode {
  if (!print)
    throw new Fault('DP2001', 'dp prints the unit, and leaves it to you to install it', {
      hint: 'dp schedule install --print > /etc/systemd/system/dp.service',
    });
  const { command, args } = ownCommand();
  const root = projectRoot(context);
  const state = stateFolderFor(root, context.caller);
  const words = [command, ...args, 'schedule', '--json', '--state-dir', state, ...files];
  context.terminal.out(unit({ root, command: words.map(quoted).join(' '), user }));
  return EXIT.ok;
}

function unit({
  root,
  command,
  user,
}: {
  readonly root: string;
  readonly command: string;
  readonly user: boolean;
}): string {
  // Runners are children of the unit that outlive the daemon: only the daemon is stopped with it.
  return `[Unit]
Description=dp schedule in ${root.replaceAll('%', '%%')}
After=network-online.target

[Service]
Type=notify
NotifyAccess=all
WorkingDirectory=${root.replaceAll('%', '%%')}
ExecStart=${command}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=on-failure
RestartSec=5
WatchdogSec=300

[Install]
WantedBy=${user ? 'default.target' : 'multi-user.target'}
`;
}

/** See systemd.service(5), "Command lines": quotes, backslashes, `%` and `$` are special. */
function quoted(word: string): string {
  const text = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return `"${text.replaceAll('$', '$$$$')}"`;
}
