import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import type { Digest } from '../../model/ids.ts';

/** What loading asks of the disk. A recorder may stand in between, to know later whether an answer would differ. */
export interface ProjectFiles {
  isFile(path: string): boolean;
  /** Undefined when there is no such file. */
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

/** The disk, with every path that was asked for added to `asked`, whether it is there or not. */
export const recordingDisk = (asked: string[]): ProjectFiles => ({
  isFile: (path) => (asked.push(path), disk.isFile(path)),
  read: (path) => (asked.push(path), disk.read(path)),
});

/** Returns the path with every link on the way resolved; undefined when nothing is there. */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Text as UTF-8 without a byte order mark. */
export function textOf(contents: Buffer): string {
  return contents.toString('utf8').replace(/^\uFEFF/, '');
}

export function digestOfBytes(contents: Buffer): Digest {
  return createHash('sha256').update(contents).digest('hex');
}
