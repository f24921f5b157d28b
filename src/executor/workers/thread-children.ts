/**
 * Child processes that functions on one thread started. They are children of dp, and do not end with the thread: dp ends
 * them, with all that descends from them, and the reaper does when dp is killed. Linux tells who descends from whom;
 * elsewhere only the children themselves are ended.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { OrphanReaper } from './orphan-reaper.ts';

export class ThreadChildren {
  readonly #running = new Set<number>();
  readonly #reaper: OrphanReaper;

  constructor(reaper: OrphanReaper) {
    this.#reaper = reaper;
  }

  started(pid: number): void {
    this.#running.add(pid);
    this.#reaper.began(pid);
  }

  ended(pid: number): void {
    this.#running.delete(pid);
    this.#reaper.ended(pid);
  }

  /** Kills the children that still run; returns false when there are none. */
  kill(): boolean {
    if (this.#running.size === 0) return false;
    for (const pid of withDescendants(this.#running, processes())) killOne(pid);
    // The thread may no longer report their end, and their numbers may be given to others.
    for (const pid of this.#running) this.#reaper.ended(pid);
    return true;
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** Returns the roots and their descendants, except processes that lead a group of their own, which were detached on purpose. */
export function withDescendants(
  roots: Iterable<number>,
  all: readonly Process[],
): ReadonlySet<number> {
  const found = new Set(roots);
  for (const root of found)
    for (const { pid, parent, group } of all) if (parent === root && group !== pid) found.add(pid);
  return found;
}

/** Returns the processes of this machine; none where the system does not list them. */
function processes(): readonly Process[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => processOf(Number(name)) ?? []);
  } catch {
    return [];
  }
}

/** Returns undefined for a process that has just ended. The name, in parentheses, may hold anything. */
function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}

/** A process that has ended already needs no signal; one that became another user's is out of reach. */
function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
