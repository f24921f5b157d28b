/**
 * Room on the disk for the commands that make room, or stop what fills it: on a full disk SQLite can neither write
 * nor be opened to write. A file holds the room; whoever needs it removes the file.
 */
import { randomFillSync } from 'node:crypto';
import { lstatSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE } from '../lib/private-mode.ts';
import { Fault } from '../model/fault.ts';

/** Takes the log of a transaction that removes a hundred runs, and the files that SQLite opens beside the database. */
const RESERVE_BYTES = 1024 * 1024;

/** Makes the reserve where there is none, unless the disk is nearly full. */
export function keepReserve(folder: string): void {
  const path = join(folder, 'reserve');
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
    if (freeBytes(folder) < 4 * RESERVE_BYTES) return;
    // Random bytes take their room on file systems that compress, too.
    const bytes = randomFillSync(Buffer.allocUnsafe(RESERVE_BYTES));
    writeFileSync(path, bytes, { flag: 'wx', mode: PRIVATE_FILE });
  } catch {
    // Another process makes it, or the disk refuses: the next one that opens the state tries again.
  }
}

/** Does the work; when the disk is full, does it again with the room of the reserve. */
export function withReserve<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isDiskFault = error instanceof Fault && error.code === 'DP8002';
    if (!isDiskFault || !spendReserve(folder)) throw error;
    return work();
  }
}

/** False when the disk has room, or there is no reserve. */
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
