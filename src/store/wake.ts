/**
 * A hint among the processes of a state that a run was queued: whoever queues one touches a file, and runners and daemons watch it.
 * The queue says what is true. A hint may come twice, late or, on some file systems, not at all; so everyone also looks by itself.
 */
import { closeSync, type FSWatcher, openSync, utimesSync, watch } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE } from '../lib/private-mode.ts';

const WAKE_FILE = 'wake';

/** Wakes those who wait. A disk that refuses costs them only the hint. */
export function wake(folder: string): void {
  const file = join(folder, WAKE_FILE);
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) makeFile(file);
    else if (!isSystemError(error)) throw error;
  }
}

/** Calls `act` after each hint, until it is disposed of. */
export function onWake(folder: string, act: () => void): Disposable {
  const file = join(folder, WAKE_FILE);
  makeFile(file);
  const watcher = watcherOf(file);
  watcher?.on('change', act);
  watcher?.on('error', () => watcher.close());
  return { [Symbol.dispose]: () => watcher?.close() };
}

/** Returns undefined where the system has no watches left. */
function watcherOf(file: string): FSWatcher | undefined {
  try {
    return watch(file, { persistent: false });
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function makeFile(file: string): void {
  try {
    closeSync(openSync(file, 'a', PRIVATE_FILE));
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

const isSystemError = (error: unknown, code?: string): boolean =>
  error instanceof Error &&
  'syscall' in error &&
  'code' in error &&
  (code === undefined || error.code === code);
