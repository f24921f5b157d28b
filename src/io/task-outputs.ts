/**
 * The output files of commands: those that match come in and are stored with the results of the run; later they are put back where they
 * are gone or altered. Nothing outside the project is read or written.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../model/fault.ts';
import { StagedFile } from '../lib/whole-file.ts';
import type { KeptOutputs, KeptFile } from '../model/kept-outputs.ts';
import type { ResultAddress } from '../model/result.ts';
import { digestedFile, filesMatching, piecesOf, placeIn, statOf } from './file-state.ts';
import type { IoManager } from './io-manager.ts';

export interface OutputsOf {
  /** Paths and globs, relative to `folder`. */
  readonly patterns: readonly string[];
  readonly folder: string;
  /** The project's folder. */
  readonly root: string;
  /** The state directory, whose files are no outputs. */
  readonly state: string;
}

/** Stores the output files under the address. Throws DP6112 for one that is outside the project. */
export async function keepOutputs(
  io: Pick<IoManager, 'saveStream'>,
  at: ResultAddress,
  { patterns, folder, root, state }: OutputsOf,
): Promise<KeptOutputs> {
  const names = new Set(patterns.flatMap((pattern) => filesMatching(folder, pattern, state)));
  const files: KeptFile[] = [];
  const contents = function* (): Generator<Buffer> {
    for (const name of names) {
      const path = join(folder, name);
      const place = placeInside(root, path);
      const found = statOf(path, true);
      if (found?.isSymbolicLink() === true)
        files.push({ is: 'link', path: place, to: fs.readlinkSync(path) });
      if (found?.isFile() !== true) continue;
      let pieces = 0;
      // The digest is that of the bytes that are stored, whoever writes to the file meanwhile.
      const hash = createHash('sha256');
      for (const piece of piecesOf(path)) {
        pieces++;
        hash.update(piece);
        yield piece;
      }
      const digest = hash.digest('hex');
      files.push({ is: 'file', path: place, digest, mode: found.mode & 0o777, pieces });
    }
  };
  const { ref } = await io.saveStream(at, contents());
  return { contents: ref, files };
}

/**
 * Puts back the files that are gone or altered, each as a whole or not at all. Throws DP7002 when what was kept is damaged, DP6112
 * for a path that leads outside.
 */
export async function putBackOutputs(
  io: Pick<IoManager, 'loadStream'>,
  { contents, files }: KeptOutputs,
  root: string,
): Promise<void> {
  const due = new Set(files.filter((file) => !isThere(file, root)));
  if (due.size === 0) return;
  const items = io.loadStream(contents)[Symbol.asyncIterator]();
  try {
    for (const file of files) {
      const path = join(root, file.path);
      if (due.has(file)) makeWayTo(path, root);
      if (file.is === 'file') await takeFile(items, file, due.has(file) ? path : undefined);
      else if (due.has(file)) makeLink(file.to, path);
    }
  } finally {
    await items.return?.(undefined);
  }
}

/** Reads the pieces of the file, and writes them to the path if there is one. */
async function takeFile(
  items: AsyncIterator<unknown>,
  { pieces, mode }: Extract<KeptFile, { is: 'file' }>,
  path: string | undefined,
): Promise<void> {
  const staged = path === undefined ? undefined : new StagedFile(path, { mode });
  try {
    for (let piece = 0; piece < pieces; piece++) {
      const { value } = (await items.next()) as { value: Uint8Array }; // bytes were stored
      staged?.write(value);
    }
    staged?.commit();
  } catch (error) {
    staged?.discard();
    throw error;
  }
  if (path !== undefined) fs.chmodSync(path, mode);
}

function makeLink(to: string, path: string): void {
  fs.rmSync(path, { force: true });
  fs.symlinkSync(to, path);
}

function isThere(file: KeptFile, root: string): boolean {
  const path = join(root, file.path);
  const found = statOf(path, true);
  if (file.is === 'link')
    return found?.isSymbolicLink() === true && fs.readlinkSync(path) === file.to;
  if (found?.isFile() !== true || (found.mode & 0o777) !== file.mode) return false;
  return digestedFile(path, found)?.digest === file.digest;
}

/** Makes the folders above the path, once it is known that they are inside the project. */
function makeWayTo(path: string, root: string): void {
  placeInside(root, path);
  fs.mkdirSync(dirname(path), { recursive: true });
}

/** Returns the path within the project. Throws DP6112 when it is outside, or a link on the way leads outside. */
function placeInside(root: string, path: string): string {
  const place = placeIn(root, resolve(path));
  const real = placeIn(fs.realpathSync(root), fs.realpathSync(existingAbove(path)));
  if (!place.startsWith('/') && !real.startsWith('/')) return place;
  throw new Fault('DP6112', `the output file "${path}" is outside the project ${root}`, {
    hint: 'outputs are files of the project: the folder with dp.yaml, package.json, tsconfig.json, .git or .dp',
  });
}

/** Returns the nearest folder above the path that exists, or the link that stands in its place. */
function existingAbove(path: string): string {
  let folder = dirname(path);
  while (statOf(folder, true) === undefined) folder = dirname(folder);
  return folder;
}
