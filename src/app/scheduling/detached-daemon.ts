/** Starts a daemon apart from the terminal, with its log in the state directory. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRIVATE_FILE } from '../../lib/private-mode.ts';
import { Fault } from '../../model/fault.ts';
import { makeFolder } from '../../store/state-folder.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { ownCommand } from '../project/installation.ts';
import { processesHere, type ReadState } from './daemon-control.ts';

export interface DetachedDaemon {
  readonly pid: number | undefined;
  readonly log: string;
}

/**
 * Settles when the daemon is on record; throws DP6305 when it ends before. `words` are those of its command, and `folder` is the
 * state directory.
 */
export async function startDetached(
  words: readonly string[],
  { caller, folder, reading }: { caller: CallerContext; folder: string; reading: ReadState },
): Promise<DetachedDaemon> {
  makeFolder(folder);
  const log = join(folder, 'schedule.log');
  const output = openSync(log, 'a', PRIVATE_FILE);
  const { command, args } = ownCommand();
  const child = spawn(command, [...args, ...words], {
    cwd: caller.cwd,
    env: { ...caller.env, DP_STATE_DIR: folder },
    detached: true,
    stdio: ['ignore', 'ignore', output],
  });
  closeSync(output);
  child.unref();
  const ended = new AbortController();
  for (const event of ['exit', 'error']) child.once(event, () => ended.abort());
  const isThere = (): boolean =>
    processesHere(reading, 'daemon').some(({ owner }) => owner.pid === child.pid);
  while (!ended.signal.aborted && !isThere()) await sleep(20);
  if (!ended.signal.aborted) return { pid: child.pid, log };
  throw new Fault('DP6305', `the daemon ended at once: ${lastLine(log)}`, {
    hint: `its log is ${log}`,
  });
}

const lastLine = (file: string): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
