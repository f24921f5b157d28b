/** The file-system calls that results need, and their failures as faults. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE } from '../lib/private-mode.ts';
import { MOST_BYTES_A_CALL, writeWholeFile } from '../lib/whole-file.ts';
import { Fault } from '../model/fault.ts';
import type { Hint } from '../model/hint.ts';
import { messageOf } from './plain-data.ts';

/**
 * Synchronous where a call takes microseconds: handing it to another thread costs more than the call
 * (17,000 against 6,000 small files a second). Calls that wait for the device are asynchronous.
 */
export type Disk = Pick<
  typeof fs,
  | 'openSync'
  | 'writeSync'
  | 'readSync'
  | 'fstatSync'
  | 'closeSync'
  | 'renameSync'
  | 'mkdirSync'
  | 'lstatSync'
  | 'readdirSync'
  | 'rmSync'
> & {
  /** Settles when data and size of the open file or folder are on the device. */
  sync(fd: number): Promise<void>;
  /** Settles when the whole file system that holds `folder` is on the device; false where this is not supported. */
  syncFilesystem(folder: string): Promise<boolean>;
};

export const nodeDisk: Disk = {
  openSync: fs.openSync,
  writeSync: fs.writeSync,
  readSync: fs.readSync,
  fstatSync: fs.fstatSync,
  closeSync: fs.closeSync,
  renameSync: fs.renameSync,
  mkdirSync: fs.mkdirSync,
  lstatSync: fs.lstatSync,
  readdirSync: fs.readdirSync,
  rmSync: fs.rmSync,
  sync: (fd) =>
    new Promise((resolve, reject) => {
      fs.fsync(fd, (error) => (error === null ? resolve() : reject(error)));
    }),
  async syncFilesystem(folder) {
    if (process.platform !== 'linux') return false;
    // Node has no syncfs(2); the sync command of coreutils and busybox does.
    const { spawn } = await import('node:child_process');
    return new Promise((resolve) => {
      spawn('sync', ['-f', folder], { stdio: 'ignore' })
        .once('error', () => resolve(false))
        .once('exit', (code) => resolve(code === 0));
    });
  },
};

/**
 * Writes the file at `path` atomically: it is `bytes` or what it was before; `flush` brings it to the device.
 * Throws DP8002 and leaves no temporary file when the disk refuses.
 */
export function writeWhole(
  disk: Disk,
  path: { folder: string; name: string },
  bytes: Uint8Array,
): void {
  const target = join(path.folder, path.name);
  try {
    writeWholeFile(target, bytes, { disk, mode: PRIVATE_FILE });
  } catch (error) {
    throw diskFault('write', target, error);
  }
}

/** Reads the whole file; undefined when it is absent, not a file, or a symbolic link. Throws DP8002. */
export function readWhole(disk: Disk, path: string): Buffer | undefined {
  return withFile(disk, path, (fd, size) => {
    const bytes = Buffer.allocUnsafeSlow(size);
    return bytes.subarray(0, readAt(disk, fd, bytes, 0));
  });
}

/** Returns the result of `use` on the open file; undefined as with `readWhole`. Throws DP8002. */
export function withFile<T>(
  disk: Disk,
  path: string,
  use: (fd: number, size: number) => T,
): T | undefined {
  try {
    const fd = disk.openSync(path, READ_ONLY);
    try {
      const stats = disk.fstatSync(fd);
      return stats.isFile() ? use(fd, stats.size) : undefined;
    } finally {
      disk.closeSync(fd);
    }
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw diskFault('read', path, error);
  }
}

/** Fills `bytes` from `position` on, up to the end of the file. Returns the number of bytes read. */
export function readAt(disk: Disk, fd: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.byteLength) {
    const count = disk.readSync(
      fd,
      bytes,
      done,
      Math.min(bytes.byteLength - done, MOST_BYTES_A_CALL),
      position + done,
    );
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Returns the entries of the folder; none when it is absent. Throws DP8002. */
export function entriesOf(disk: Disk, folder: string): fs.Dirent[] {
  try {
    return disk.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw diskFault('read', folder, error);
  }
}

/** Removes the path recursively; it may be absent. Symbolic links are removed, not followed. Throws DP8002. */
export function remove(disk: Disk, path: string): void {
  try {
    disk.rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw diskFault('remove', path, error);
  }
}

/** Removes what it can after a failure, without an error that would hide the first one. */
export function discard(disk: Disk, path: string): void {
  try {
    disk.rmSync(path, { recursive: true, force: true });
  } catch {
    // The disk refuses everything; `clear` removes what is left.
  }
}

/** Returns whether nothing is at the path, or something that is not a plain file or folder. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO'].includes(codeOf(error) ?? '');
}

/** Returns a failed system call as DP8002; any other error is returned as it is. */
export function diskFault(
  doing: 'read' | 'write' | 'remove',
  path: string,
  error: unknown,
): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  return new Fault('DP8002', `cannot ${doing} "${path}": ${messageOf(error)}`, {
    hint: HINTS[code] ?? 'check the disk and its file system',
    cause: error,
  });
}

/** Follows no symbolic link, and does not wait for the other end of a pipe. */
const READ_ONLY =
  fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

const HINTS: Readonly<Record<string, Hint>> = {
  ENOSPC: ['make room on the disk and run again', { do: 'removeOldRuns' }],
  EDQUOT: ['make room within the quota and run again', { do: 'removeOldRuns' }],
  EROFS: { do: 'chooseStateFolder' },
  EACCES: ['check who owns the folder', { do: 'chooseStateFolder' }],
  EPERM: ['check who owns the folder', { do: 'chooseStateFolder' }],
  EMFILE: ['raise the limit of open files (`ulimit -n`)', { do: 'runFewerTasksAtOnce' }],
  ENFILE: 'the machine has too many files open; close some programs',
};

/** Returns the code of a failed system call. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
