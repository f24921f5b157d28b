/**
 * Who runs, told apart from a later process that got the same number.
 * Never by a clock: a stopped process is alive, and a clock may jump.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../model/event.ts';

/** What this machine says of its processes. */
export interface ProcessTable {
  readonly host: string;
  /** Changes with every start of the machine; undefined where the system does not say. */
  readonly bootId: string | undefined;
  look(pid: number): Sighting;
}

/** A process that ended and only waits to be reaped is gone. No `startTime`: it is there, but since when is not told. */
export type Sighting =
  | { readonly is: 'gone' }
  | { readonly is: 'there'; readonly startTime?: string };

export function thisProcess(table: ProcessTable = thisMachine()): Owner {
  const seen = table.look(process.pid);
  return {
    pid: process.pid,
    ...(seen.is === 'there' && seen.startTime !== undefined ? { startTime: seen.startTime } : {}),
    ...(table.bootId === undefined ? {} : { bootId: table.bootId }),
    host: table.host,
  };
}

/** False only when it is certain: what cannot be known, as of another host, counts as alive. */
export function isAlive(owner: Owner, table: ProcessTable = thisMachine()): boolean {
  if (owner.host !== table.host) return true;
  if (owner.bootId !== undefined && table.bootId !== undefined && owner.bootId !== table.bootId) {
    return false;
  }
  const seen = table.look(owner.pid);
  if (seen.is === 'gone') return false;
  return (
    owner.startTime === undefined ||
    seen.startTime === undefined ||
    owner.startTime === seen.startTime
  );
}

export function thisMachine(): ProcessTable {
  return {
    host: hostname(),
    bootId: textOf('/proc/sys/kernel/random/boot_id')?.trim(),
    look: (pid) =>
      hasProcess(pid) ? (LOOK[process.platform]?.(pid) ?? { is: 'there' }) : { is: 'gone' },
  };
}

/** Where the system says more than that the process is there. */
const LOOK: Partial<Record<NodeJS.Platform, (pid: number) => Sighting>> = {
  linux: lookInProc,
  darwin: askPs,
  freebsd: askPs,
  openbsd: askPs,
};

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** See proc(5): field 3 is the state, field 22 the start in clock ticks since boot. Field 2, the name, may hold spaces and brackets. */
function lookInProc(pid: number): Sighting {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return { is: 'there' }; // hidden by hidepid=
  const fromThird = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return sighting(fromThird[0], fromThird[22 - 3]);
}

function askPs(pid: number): Sighting {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state, ...startTime] = line.split(/\s+/);
    return sighting(state, startTime.join(' '));
  } catch {
    return { is: 'there' }; // no ps, or it may not look: not known, so alive
  }
}

function sighting(state: string | undefined, startTime: string | undefined): Sighting {
  if (state?.startsWith('Z') || state?.startsWith('X')) return { is: 'gone' };
  return startTime ? { is: 'there', startTime } : { is: 'there' };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not Linux, or not to be seen
  }
}
