import { setTimeout as sleep } from 'node:timers/promises';
import { scheduleStatus } from '../../app/scheduling/schedule-status.ts';
import { Fault } from '../../model/fault.ts';
import { isVisible } from '../../store/process-identity.ts';
import type { ProcessRecord } from '../../store/processes.ts';
import { document } from '../../views/json.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { openForReading } from '../console/state.ts';
import { statusJson, statusText } from '../text/schedule-status.ts';

/** Exit code 1 when no daemon leads, or something has been overdue for long. */
export function showStatus(context: CommandContext): ExitCode {
  const { terminal, json, caller } = context;
  using state = openForReading(context);
  const status = scheduleStatus(state.store, caller.clock.now());
  if (json) terminal.out(document(statusJson(status)));
  else terminal.out(statusText(status, caller.clock.now()));
  return status.healthy ? EXIT.ok : EXIT.taskFailed;
}

/** Asks the daemons on this host to read the pipeline files again. Throws DP6306 when there is none. */
export function reloadDaemons(context: CommandContext): ExitCode {
  const here = daemonsHere(context);
  if (here.length === 0) throw noDaemon();
  for (const { owner } of here) signal(owner.pid, 'SIGHUP');
  return EXIT.ok;
}

export interface StopOptions {
  readonly now?: boolean;
  readonly wait?: boolean;
}

/** Settles when the daemons on this host are gone; with `now` or `wait` also their runners. Throws DP6306 when there is none. */
export async function stopDaemons(
  context: CommandContext,
  { now = false, wait = false }: StopOptions,
): Promise<ExitCode> {
  const here = processesOf(context).filter(isHere);
  const daemons = here.filter(({ kind }) => kind === 'daemon');
  const runners = here.filter(({ kind }) => kind === 'runner');
  if (here.length === 0) throw noDaemon();
  for (const { owner } of daemons) signal(owner.pid, 'SIGTERM');
  await gone(context, daemons);
  for (const { owner } of runners) signal(owner.pid, now ? 'SIGINT' : 'SIGTERM');
  if (now || wait) await gone(context, runners);
  return EXIT.ok;
}

async function gone(context: CommandContext, those: readonly ProcessRecord[]): Promise<void> {
  const ids = new Set(those.map(({ n }) => n));
  while (processesOf(context).some(({ n }) => ids.has(n))) await sleep(20);
}

export function processesOf(context: CommandContext): ProcessRecord[] {
  using state = openForReading(context);
  return state.store.processes.list();
}

const daemonsHere = (context: CommandContext): ProcessRecord[] =>
  processesOf(context).filter((one) => one.kind === 'daemon' && isHere(one));

const isHere = ({ owner }: ProcessRecord): boolean => isVisible(owner);

/** It may have ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function noDaemon(): Fault {
  return new Fault('DP6306', 'no daemon of this state directory runs on this host', {
    hint: 'dp schedule starts one',
  });
}
