/** Asks the daemons and runners of a state on this host, by signals: to read the pipeline files again, and to end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../model/fault.ts';
import { isVisible } from '../../store/process-identity.ts';
import type { ProcessRecord } from '../../store/processes.ts';
import type { State } from '../project/state.ts';

/** Opens the state for reading. */
export type ReadState = () => State;

/** Throws DP6306 when there is no daemon. */
export function reloadDaemons(reading: ReadState): void {
  const daemons = processesHere(reading, 'daemon');
  if (daemons.length === 0) throw noDaemon();
  for (const { owner } of daemons) signal(owner.pid, 'SIGHUP');
}

export interface StopOptions {
  /** Cancels the runs. */
  readonly now?: boolean;
  /** Waits until the runs have ended. */
  readonly wait?: boolean;
}

/** Settles when the daemons are gone; with `now` or `wait` also their runners. Throws DP6306 when there is neither. */
export async function stopDaemons(
  reading: ReadState,
  { now = false, wait = false }: StopOptions,
): Promise<void> {
  const daemons = processesHere(reading, 'daemon');
  for (const { owner } of daemons) signal(owner.pid, 'SIGTERM');
  await gone(reading, daemons);
  // Until then a daemon may have started another one.
  const runners = processesHere(reading, 'runner');
  if (daemons.length + runners.length === 0) throw noDaemon();
  for (const { owner } of runners) signal(owner.pid, now ? 'SIGINT' : 'SIGTERM');
  if (now || wait) await gone(reading, runners);
}

/** Returns the living daemons or runners of this host. */
export function processesHere(reading: ReadState, kind: ProcessRecord['kind']): ProcessRecord[] {
  using state = reading();
  return state.store.processes.list().filter((one) => one.kind === kind && isVisible(one.owner));
}

async function gone(reading: ReadState, those: readonly ProcessRecord[]): Promise<void> {
  const left = new Set(those.map(({ n }) => n));
  const isThere = (kind: ProcessRecord['kind']): boolean =>
    processesHere(reading, kind).some(({ n }) => left.has(n));
  while (isThere('daemon') || isThere('runner')) await sleep(20);
}

/** It may have ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function noDaemon(): Fault {
  return new Fault('DP6306', 'no daemon of this state directory runs on this host');
}
