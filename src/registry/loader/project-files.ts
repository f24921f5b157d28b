import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { Digest } from '../../model/ids.ts';

/** The functions as they were when dp began: what the loader reads is no input of a task. */
const { readFileSync, statSync } = fs;
const realPath = fs.realpathSync.native;

/** Access of the loader to the disk. A recorder may implement it, to know later whether an answer would differ. */
export interface ProjectFiles {
  isFile(path: string): boolean;
  /** Returns undefined when there is no such file. */
  read(path: string): Buffer | undefined;
}

export const disk: ProjectFiles = {
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  read(path) {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  },
};

/** Reads the disk, and adds every path that was asked for to `asked`, whether it exists or not. */
export const recordingDisk = (asked: string[]): ProjectFiles => ({
  isFile: (path) => (asked.push(path), disk.isFile(path)),
  read: (path) => (asked.push(path), disk.read(path)),
});

/** Returns the path with every link on the way resolved; undefined when nothing is there. */
export function realPathOf(path: string): string | undefined {
  try {
    return realPath(path);
  } catch {
    return undefined;
  }
}

/** Decodes UTF-8 and drops a byte order mark. */
export function textOf(contents: Buffer): string {
  return contents.toString('utf8').replace(/^\uFEFF/, '');
}

export function digestOfBytes(contents: Buffer): Digest {
  return createHash('sha256').update(contents).digest('hex');
}
