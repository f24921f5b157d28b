/** Checks the folder that holds the state: whether it exists, is dp's to use, and leads nowhere else. */
import { closeSync, lstatSync, openSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../model/fault.ts';
import type { Hint } from '../model/hint.ts';
import { bringToDisk } from '../lib/fsync.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../lib/private-mode.ts';
import { makeFolders } from '../lib/make-folders.ts';

/**
 * Returns the path of the database in `folder`, after checking that nothing there leads elsewhere.
 * Neither folder nor database need exist. Throws DP8001.
 */
export function databaseIn(folder: string): string {
  const path = resolve(folder); // lstat would follow a link behind a trailing slash
  refuseLong(path);
  expectKind(path, 'folder');
  const database = join(path, 'state.db');
  for (const suffix of ['', '-wal', '-shm', '-journal']) expectKind(database + suffix, 'file');
  return database;
}

export function exists(path: string): boolean {
  return look(path) !== undefined;
}

/** Creates the folder, for this user alone, and its parents if needed; what it created survives a power cut. */
export function makeFolder(folder: string): void {
  try {
    const above = makeFolders(dirname(resolve(folder)));
    const made = makeFolders(resolve(folder), PRIVATE_FOLDER);
    const first = above ?? made;
    if (first === undefined) return;
    for (let at = resolve(folder); at.length >= first.length; at = dirname(at)) {
      bringToDisk(dirname(at), 'folder');
    }
  } catch (error) {
    throw unusable(`cannot make the state folder "${folder}"`, error);
  }
}

/** Creates an empty database for this user alone: SQLite would apply the umask, and gives its other files the same permissions. */
export function makeDatabaseFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', PRIVATE_FILE));
  } catch (error) {
    // The file exists, or cannot be created; then opening it reports why.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

function expectKind(path: string, kind: 'folder' | 'file'): void {
  const stats = look(path);
  if (stats === undefined) return;
  if (stats.isSymbolicLink()) {
    throw new Fault(
      'DP8001',
      `"${path}" is a symbolic link, and state is never written through one`,
      {
        hint: [
          'remove the link',
          { do: 'chooseStateFolder', folder: 'the folder that it leads to' },
        ],
      },
    );
  }
  if (kind === 'folder' ? stats.isDirectory() : stats.isFile()) return;
  throw new Fault('DP8001', `"${path}" is not a ${kind}`, {
    hint: ['move it away', { do: 'chooseStateFolder' }],
  });
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unusable(`cannot look at "${path}"`, error);
  }
}

/** Maximum length of the folder: what SQLite, except on Windows, leaves of the 512 bytes of a path beside `state.db-journal`. */
export const LONGEST_FOLDER_BYTES = 495;

function refuseLong(folder: string): void {
  const bytes = Buffer.byteLength(folder);
  if (process.platform === 'win32' || bytes <= LONGEST_FOLDER_BYTES) return;
  throw new Fault(
    'DP8001',
    `the path of the state folder is too long: ${bytes} bytes, and the database can have ${LONGEST_FOLDER_BYTES}: "${folder}"`,
    { hint: SHORTER },
  );
}

const SHORTER: Hint = { do: 'chooseStateFolder', folder: 'a folder with a shorter path' };

function unusable(what: string, error: unknown): Fault {
  const cause = error instanceof Error ? error.message : String(error);
  const isTooLong = error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG';
  return new Fault('DP8001', `${what}: ${cause}`, {
    hint: isTooLong ? SHORTER : ['check the permissions', { do: 'chooseStateFolder' }],
    cause: error,
  });
}
