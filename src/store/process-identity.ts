/**
 * Identity of a process, distinguishable from a later process with the same pid.
 * A process that is visible from here is looked up, and no clock is read: a stopped process is alive, and a clock may
 * jump. A pid is valid only in its PID namespace; a process in another namespace, in another container or on another
 * host is known by its heartbeat.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../model/event.ts';
import type { Instant, Milliseconds } from '../model/ids.ts';

/** Facts about this machine and its processes. */
export interface ProcessTable {
  readonly host: string;
  /** Changes with every boot of the machine; undefined where the system does not report it. */
  readonly bootId: string | undefined;
  /** Undefined where the system has none, or does not report it. */
  readonly pidNamespace: string | undefined;
  readonly now: Beat;
  look(pid: number): Sighting;
}

/** A moment at which a process was alive. */
export interface Beat {
  readonly at: Instant;
  /** Time on the machine's monotonic clock, which all its processes share until the next boot. */
  readonly uptimeMs: Milliseconds;
}

/** A zombie process counts as gone. Without `startTime` the process exists, but its start is unknown. */
export type Sighting =
  | { readonly is: 'gone' }
  | { readonly is: 'there'; readonly startTime?: string };

export function thisProcess(table: ProcessTable = thisMachine()): Owner {
  const seen = table.look(process.pid);
  return {
    pid: process.pid,
    ...(seen.is === 'there' && seen.startTime !== undefined ? { startTime: seen.startTime } : {}),
    ...(table.bootId === undefined ? {} : { bootId: table.bootId }),
    ...(table.pidNamespace === undefined ? {} : { pidNamespace: table.pidNamespace }),
    host: table.host,
  };
}

/** Interval of a holder's heartbeats. */
export const BEAT_EVERY_MS = 5_000;

/** Six heartbeats: a process that is blocked for so long makes no progress either, and what it does later is fenced. */
export const SILENT_AFTER_MS = 6 * BEAT_EVERY_MS;

/** Clocks of several machines differ; synchronized ones differ by less than this. */
const SILENT_ELSEWHERE_AFTER_MS = 4 * SILENT_AFTER_MS;

/**
 * Returns false when the process is known to be gone or, where it is not visible, has sent no recent heartbeat. A process whose
 * state cannot be known, such as one that an older dp started on another host, counts as alive.
 */
export function isAlive(owner: Owner, last?: Beat, table: ProcessTable = thisMachine()): boolean {
  if (isVisible(owner, table)) return isThere(owner, table);
  if (last !== undefined) return isRecent(last, owner, table);
  // Without a heartbeat the process belongs to an older dp, and no process outlives a restart of its machine.
  return owner.host !== table.host || isOfThisBoot(owner, table);
}

/** Returns whether the pid of the process has the same meaning here. */
export function isVisible(owner: Owner, table: ProcessTable = thisMachine()): boolean {
  if (!isOfThisBoot(owner, table)) return false;
  // An older dp did not record its namespace.
  if (owner.pidNamespace === undefined) return owner.host === table.host;
  // Equal namespaces of one boot are the same, even if the host was renamed.
  return (
    owner.pidNamespace === table.pidNamespace &&
    (owner.bootId !== undefined || owner.host === table.host)
  );
}

const isOfThisBoot = ({ bootId }: Owner, table: ProcessTable): boolean =>
  bootId === undefined || table.bootId === undefined || bootId === table.bootId;

function isThere({ pid, startTime }: Owner, table: ProcessTable): boolean {
  const seen = table.look(pid);
  if (seen.is === 'gone') return false;
  return startTime === undefined || seen.startTime === undefined || startTime === seen.startTime;
}

/** Checks either clock: the calendar clock may be set, and the monotonic one restarts with each boot. */
function isRecent(last: Beat, owner: Owner, table: ProcessTable): boolean {
  const { now } = table;
  const isOurs = owner.bootId !== undefined && owner.bootId === table.bootId;
  if (isOurs && Math.abs(now.uptimeMs - last.uptimeMs) < SILENT_AFTER_MS) return true;
  return Math.abs(now.at - last.at) < (isOurs ? SILENT_AFTER_MS : SILENT_ELSEWHERE_AFTER_MS);
}

export function thisMachine(): ProcessTable {
  return {
    host: hostname(),
    bootId: textOf('/proc/sys/kernel/random/boot_id')?.trim(),
    pidNamespace: pidNamespace(),
    now: beatNow(),
    look: (pid) =>
      hasProcess(pid) ? (LOOK[process.platform]?.(pid) ?? { is: 'there' }) : { is: 'gone' },
  };
}

export function beatNow(): Beat {
  return { at: Date.now(), uptimeMs: Number(process.hrtime.bigint() / 1_000_000n) };
}

/** See pid_namespaces(7). A later namespace may get the number of one that ended; start times tell them apart. */
function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined; // not Linux, or not readable
  }
}

/** Platforms that report more than the existence of a process. */
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
    // EPERM means that the process exists and belongs to another user.
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
    return { is: 'there' }; // there is no ps, or it is not permitted: unknown, so alive
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
    return undefined; // not Linux, or not readable
  }
}
