/**
 * Files that are written as a whole or not at all. Contents go to a new file in the same folder, which is then renamed: a reader,
 * and a dp that was killed while writing, finds either the old contents or all of the new ones.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { bringToDisk } from './fsync.ts';

export interface WholeFileOptions {
  /** Permissions of the file, less the umask; by default those of any new file. */
  readonly mode?: number;
  /** Contents and name survive a power cut. This costs two waits for the device, so files that can be made again do without it. */
  readonly isDurable?: boolean;
  readonly disk?: WritingDisk;
}

/** The calls that write a file, so that a test can let them fail. */
export type WritingDisk = Pick<
  typeof fs,
  'openSync' | 'writeSync' | 'closeSync' | 'renameSync' | 'rmSync'
>;

/** Writes a file. When the disk refuses, it leaves nothing behind and throws the error. */
export function writeWholeFile(
  path: string,
  contents: Uint8Array | string,
  options: WholeFileOptions = {},
): void {
  const staged = new StagedFile(path, options);
  try {
    staged.write(typeof contents === 'string' ? Buffer.from(contents) : contents);
    staged.commit();
  } catch (error) {
    staged.discard();
    throw error;
  }
}

/** Keeps contents that can be made again, in a folder for this user alone. Where the folder cannot be written, nothing is kept. */
export function keepFile(path: string, contents: string): void {
  try {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeWholeFile(path, contents);
  } catch {
    // The contents can be made again; code that needs the folder reports that it cannot be written.
  }
}

/** A file that is being written. Its owner calls `commit` at the end, or `discard` after an error. */
export class StagedFile {
  readonly #target: string;
  readonly #isDurable: boolean;
  readonly #disk: WritingDisk;
  readonly #path: string;
  #open: number | undefined;

  constructor(
    target: string,
    { mode = 0o666, isDurable = false, disk = fs }: WholeFileOptions = {},
  ) {
    this.#target = target;
    this.#isDurable = isDurable;
    this.#disk = disk;
    const { path, fd } = newFile(disk, dirname(target), mode);
    this.#path = path;
    this.#open = fd;
  }

  write(bytes: Uint8Array): void {
    if (this.#open === undefined) throw new Error(`${this.#path} is closed`);
    for (let done = 0; done < bytes.byteLength;) {
      const count = Math.min(bytes.byteLength - done, MOST_BYTES_A_CALL);
      done += this.#disk.writeSync(this.#open, bytes, done, count);
    }
  }

  /** Renames the file to its final path. */
  commit(): void {
    if (this.#isDurable && this.#open !== undefined) fs.fsyncSync(this.#open);
    this.#close();
    this.#disk.renameSync(this.#path, this.#target);
    if (this.#isDurable) bringToDisk(dirname(this.#target), 'folder');
  }

  /** Removes what it can, and throws nothing: the caller reports the error before. */
  discard(): void {
    try {
      this.#close();
      this.#disk.rmSync(this.#path, { force: true });
    } catch {
      // The disk refuses everything.
    }
  }

  /** Closes the file once: another thread may have been given the same descriptor since. */
  #close(): void {
    const fd = this.#open;
    this.#open = undefined;
    if (fd !== undefined) this.#disk.closeSync(fd);
  }
}

/** Tells whether the name is that of a file that was being written. */
export function isStaged(name: string): boolean {
  return name.startsWith('.') && name.endsWith(STAGED);
}

/** Linux reads or writes at most this much in one call. */
export const MOST_BYTES_A_CALL = 0x7fff_f000;

const STAGED = '.tmp';
let staging = 0;

/** Opens a new file under a name that no other thread of this machine uses. */
function newFile(disk: WritingDisk, folder: string, mode: number): { path: string; fd: number } {
  for (;;) {
    const path = join(folder, `.${process.pid}-${threadId}-${staging++}${STAGED}`);
    try {
      return { path, fd: disk.openSync(path, 'wx', mode) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
