/**
 * Tells systemd that the daemon is ready, makes progress and ends (sd_notify). Its socket is one of a kind that Node cannot open,
 * so systemd's own program sends the messages; a unit of `NotifyAccess=all` accepts them.
 */
import { execFile } from 'node:child_process';

export interface Notifier {
  /** The daemon made progress: the first time it is ready, later it keeps the watchdog content. */
  progress(): void;
  stopping(): void;
}

/** Does nothing where the process was not started by systemd with `Type=notify`. `warn` is called when the messages cannot be sent. */
export function systemdNotifier(
  env: Readonly<Record<string, string | undefined>>,
  warn: (text: string) => void,
): Notifier {
  if (env['NOTIFY_SOCKET'] === undefined || env['NOTIFY_SOCKET'] === '')
    return { progress: () => undefined, stopping: () => undefined };
  // Three times within the time that systemd allows, which is in microseconds.
  const everyMs = Number(env['WATCHDOG_USEC'] ?? Infinity) / 3_000;
  let lastAt = -Infinity;
  const send = (...words: readonly string[]): void => {
    execFile('systemd-notify', [`--pid=${process.pid}`, ...words], { env }, (error) => {
      if (error !== null) warn(`systemd was not told ${words.join(' ')}: ${error.message}`);
    });
  };
  return {
    progress: () => {
      const now = performance.now();
      if (now - lastAt < everyMs) return;
      send(lastAt === -Infinity ? '--ready' : 'WATCHDOG=1');
      lastAt = now;
    },
    stopping: () => send('STOPPING=1'),
  };
}
