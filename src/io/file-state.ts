/** The state of single files on the disk: what is at a path, the digest of its contents, and which files match a glob. */
import { createHash } from 'node:crypto';
import fs, { type Dirent, type Stats } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Digest, Milliseconds } from '../model/ids.ts';
import type { FileStamp } from '../model/input-note.ts';

/** A clock of a file system may be this much behind. */
const TICK_MS: Milliseconds = 20;

/** Digests of files by path, with the stamp that they had: one for the whole process. */
const kept = new Map<string, { readonly stamp: FileStamp; readonly digest: Digest }>();
const MOST_KEPT = 100_000;

/** Returns undefined when nothing is there; `isLink`: a symbolic link itself is looked at. */
export function statOf(path: string, isLink = false): Stats | undefined {
  try {
    return isLink
      ? fs.lstatSync(path, { throwIfNoEntry: false })
      : fs.statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Returns the digest of a file's contents, and its stamp where that shows every later change; undefined when it cannot be read. */
export function digestedFile(
  path: string,
  found: Stats,
): { readonly digest: Digest; readonly stamp?: FileStamp } | undefined {
  const stamp = stampOf(found);
  const known = kept.get(path);
  if (known !== undefined && isSameStamp(known.stamp, stamp)) return known;
  const digest = digestOfFile(path);
  const after = statOf(path);
  if (digest === undefined || after === undefined || !isSameStamp(stamp, stampOf(after)))
    return undefined;
  if (found.ctimeMs + TICK_MS >= Date.now()) return { digest };
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(path, { stamp, digest });
  return { digest, stamp };
}

function digestOfFile(path: string): Digest | undefined {
  const hash = createHash('sha256');
  try {
    for (const piece of piecesOf(path)) hash.update(piece);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

/** Bytes of a file that are read at once. */
const PIECE = 1024 * 1024;

/** Yields the contents of a file, in pieces of at most 1 MiB. */
export function* piecesOf(path: string): Generator<Buffer> {
  const file = fs.openSync(path, 'r');
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE);
      const read = fs.readSync(file, piece);
      if (read === 0) return;
      yield piece.subarray(0, read);
    }
  } finally {
    fs.closeSync(file);
  }
}

export const stampOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): FileStamp => [
  size,
  mtimeMs,
  ctimeMs,
  ino,
];

export const isSameStamp = (a: FileStamp, b: FileStamp): boolean =>
  a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];

/** Folders that a glob does not enter. */
const NOT_ENTERED = new Set(['node_modules', '.git']);

/** Returns the paths of the files and links that match, relative to the folder, in one order; `leftOut` is not entered. */
export function filesMatching(folder: string, pattern: string, leftOut: string): string[] {
  const isLeftOut = ({ parentPath, name }: Dirent): boolean =>
    NOT_ENTERED.has(name) || join(parentPath, name) === leftOut;
  return fs
    .globSync(pattern, { cwd: folder, withFileTypes: true, exclude: isLeftOut })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .toSorted();
}

/** Returns the path relative to the project's folder, with `/`, where it is inside it. */
export function placeIn(root: string, path: string): string {
  const way = relative(root, path);
  const isInside = way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  return isInside ? way.replaceAll(sep, '/') : path;
}

export const pathIn = (root: string, place: string): string =>
  isAbsolute(place) ? place : join(root, place);
