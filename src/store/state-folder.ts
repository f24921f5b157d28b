/** The folder that holds the state: is it there, is it ours to use, and does it stay where it says. */
import { lstatSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../model/fault.ts';
import { bringToDisk } from '../lib/fsync.ts';
import { makeFolders } from '../lib/make-folders.ts';

/**
 * The path of the database in `folder`, after looking that nothing there leads elsewhere.
 * Neither folder nor database need exist. Throws DP8001.
 */
export function databaseIn(folder: string): string {
  const path = resolve(folder); // lstat would follow a link behind a trailing slash
  expectKind(path, 'folder');
  const database = join(path, 'state.db');
  for (const suffix of ['', '-wal', '-shm', '-journal']) expectKind(database + suffix, 'file');
  return database;
}

export function exists(path: string): boolean {
  return look(path) !== undefined;
}

/** Makes the folder, and those above it, if need be; what was made survives a power cut. */
export function makeFolder(folder: string): void {
  try {
    const first = makeFolders(folder);
    if (first === undefined) return;
    for (let made = resolve(folder); made.length >= first.length; made = dirname(made)) {
      bringToDisk(dirname(made), 'folder');
    }
  } catch (error) {
    throw unusable(`cannot make the state folder "${folder}"`, error);
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

function unusable(what: string, error: unknown): Fault {
  const cause = error instanceof Error ? error.message : String(error);
  return new Fault('DP8001', `${what}: ${cause}`, {
    hint: ['check the permissions', { do: 'chooseStateFolder' }],
    cause: error,
  });
}
