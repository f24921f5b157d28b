/** The folder for files that dp can make again: named by content, private to the user, and free to vanish at any time. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { makeFolders } from '../../lib/make-folders.ts';
import { writeWholeFile } from '../../lib/whole-file.ts';

type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

let chosen: string | undefined;

/**
 * Returns the absolute path of a folder that exists, can be written, and belongs to this user alone.
 * It is the same for every dp of the user, except where neither home nor the temporary folder can be trusted.
 * A worker thread may see another environment than the main thread, so it gets the path from there.
 */
export function cacheFolder(): string {
  return (chosen ??= chooseCacheFolder(process.env));
}

/** A file of the cache folder. */
export interface CachedFile {
  /** Its path in the folder, which has to follow from its contents. */
  readonly name: string;
  readonly bytes: number;
  readonly mode?: number;
}

/**
 * Returns the path of a file in the cache folder, and writes it when it is missing.
 * Many processes may do this at once.
 */
export function cachedFile(
  { name, bytes, mode = 0o600 }: CachedFile,
  contents: () => Uint8Array,
): string {
  const file = join(cacheFolder(), name);
  // A power cut can leave an empty file that was renamed before its contents reached the disk.
  const isWhole = () => statSync(file, { throwIfNoEntry: false })?.size === bytes;
  if (isWhole()) return file;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeWholeFile(file, contents(), { mode });
  } catch (error) {
    // Windows does not replace a file that another dp has just put there and opened.
    if (!isWhole()) throw error;
  }
  return file;
}

/** Returns `$XDG_CACHE_HOME/dp`, `~/.cache/dp`, or a private folder under the temporary folder. */
export function chooseCacheFolder(env: EnvironmentVariables): string {
  const temporary = env['TMPDIR'] ?? tmpdir();
  const candidates = [
    ...userFolders(env).map((folder) => join(folder, 'dp')),
    join(temporary, `dp-cache-${process.getuid?.() ?? 'user'}`),
  ];
  return candidates.find(madePrivate) ?? unguessable(temporary);
}

function userFolders(env: EnvironmentVariables): readonly string[] {
  const home = homeOf(env);
  const known =
    process.platform === 'win32'
      ? [env['LOCALAPPDATA']]
      : [
          env['XDG_CACHE_HOME'],
          home === undefined || !existsSync(home) ? undefined : join(home, '.cache'),
        ];
  // The XDG specification says that relative paths are ignored.
  return known.filter((folder) => folder !== undefined).filter((folder) => isAbsolute(folder));
}

function homeOf(env: EnvironmentVariables): string | undefined {
  if (env['HOME'] !== undefined) return env['HOME'];
  try {
    return homedir();
  } catch {
    // The user has no entry in the password file, as in many containers.
    return undefined;
  }
}

/** Makes the folder where it is missing. Returns false when it cannot be written, or others might write to it. */
function madePrivate(folder: string): boolean {
  try {
    makeFolders(folder, 0o700);
    accessSync(folder, constants.W_OK);
    return isPrivate(folder);
  } catch {
    return false;
  }
}

function isPrivate(folder: string): boolean {
  const { mode, uid } = lstatSync(folder);
  const writableByOthers = (mode & 0o022) !== 0;
  return process.platform === 'win32' || (uid === process.getuid?.() && !writableByOthers);
}

/** Makes a folder with a random name, for when another user has taken the usual one. Processes do not share it. */
function unguessable(temporary: string): string {
  const folder = join(temporary, `dp-cache-${randomBytes(8).toString('hex')}`);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}
