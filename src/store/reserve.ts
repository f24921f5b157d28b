/**
 * Disk space reserved for the commands that free space, or stop what fills it: on a full disk SQLite can neither write
 * nor open a file for writing. A file holds the reserve; a command that needs the space removes the file.
 */
import { randomFillSync } from 'node:crypto';
import { lstatSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE } from '../lib/private-mode.ts';
import { Fault } from '../model/fault.ts';

/** Fits the log of a transaction that removes a hundred runs, and the files that SQLite opens beside the database. */
const RESERVE_BYTES = 1024 * 1024;

/** Creates the reserve if there is none, unless the disk is nearly full. */
export function keepReserve(folder: string): void {
  const path = join(folder, 'reserve');
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
    if (freeBytes(folder) < 4 * RESERVE_BYTES) return;
    // Random bytes occupy their full size even on file systems that compress.
    const bytes = randomFillSync(Buffer.allocUnsafe(RESERVE_BYTES));
    writeFileSync(path, bytes, { flag: 'wx', mode: PRIVATE_FILE });
  } catch {
    // Another process creates it, or the disk is full: the next process that opens the state tries again.
  }
}

/** Does the work; when the disk is full, releases the reserve and does it again. */
export function withReserve<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isDiskFault = error instanceof Fault && error.code === 'DP8002';
    if (!isDiskFault || !spendReserve(folder)) throw error;
    return work();
  }
}

/** Returns false when the disk has room, or there is no reserve. */
function spendReserve(folder: string): boolean {
  const path = join(folder, 'reserve');
  if (freeBytes(folder) >= RESERVE_BYTES) return false;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  rmSync(path, { force: true });
  return true;
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
