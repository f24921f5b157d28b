/**
 * Who runs, told apart from a later process that got the same number.
 * A process that can be seen from here is looked at, and no clock is asked: a stopped process is alive, and a clock may
 * jump. A number means something only in its PID namespace; who lives in another one, in another container or on another
 * host is known by its heartbeat.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../model/event.ts';
import type { Instant, Milliseconds } from '../model/ids.ts';

/** What this machine says of its processes. */
export interface ProcessTable {
  readonly host: string;
  /** Changes with every start of the machine; undefined where the system does not say. */
  readonly bootId: string | undefined;
  /** Undefined where the system has none, or does not say. */
  readonly pidNamespace: string | undefined;
  readonly now: Beat;
  look(pid: number): Sighting;
}

/** A moment at which a process lived. */
export interface Beat {
  readonly at: Instant;
  /** On the machine's monotonic clock, which all its processes share until the next boot. */
  readonly uptimeMs: Milliseconds;
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
    ...(table.pidNamespace === undefined ? {} : { pidNamespace: table.pidNamespace }),
    host: table.host,
  };
}

/** How often a holder has to tell that it lives. */
export const BEAT_EVERY_MS = 5_000;

/** Six beats: a process that is busy for so long does nothing else either. What it does after that is fenced. */
const SILENT_AFTER_MS = 6 * BEAT_EVERY_MS;

/** Clocks of several machines differ; those that are kept differ by less. */
const SILENT_ELSEWHERE_AFTER_MS = 4 * SILENT_AFTER_MS;

/**
 * Returns false when the process is seen to be gone or, where it cannot be seen, has not told that it lives. What cannot
 * be known, as of a process that an older dp started on another host, counts as alive.
 */
export function isAlive(owner: Owner, last?: Beat, table: ProcessTable = thisMachine()): boolean {
  if (isVisible(owner, table)) return isThere(owner, table);
  if (last !== undefined) return isRecent(last, owner, table);
  // Without a beat it is a process of an older dp, and none outlives a restart of its machine.
  return owner.host !== table.host || isOfThisBoot(owner, table);
}

/** Whether the number of the process means the same here as there. */
export function isVisible(owner: Owner, table: ProcessTable = thisMachine()): boolean {
  if (!isOfThisBoot(owner, table)) return false;
  // An older dp did not tell its namespace.
  if (owner.pidNamespace === undefined) return owner.host === table.host;
  // Equal namespaces of one boot are one, whatever the host is called by now.
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

/** By either clock: the calendar's may be set, and the monotonic one begins anew with each boot. */
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

/** See pid_namespaces(7); a namespace that ends may leave its number to a later one, where start times tell apart. */
function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined; // not Linux, or not to be seen
  }
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
