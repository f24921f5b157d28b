/**
 * Files that are there whole or not at all. Contents are written to a new file beside their place, which is then renamed:
 * who reads the place, and a dp that is killed on the way, finds what was there before or all of what is there now.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { bringToDisk } from './fsync.ts';

export interface WholeFileOptions {
  /** Permissions of the file, less the umask; as for any other new file by default. */
  readonly mode?: number;
  /** Contents and name survive a power cut. Costs two waits for the device; what can be made again goes without. */
  readonly isDurable?: boolean;
  readonly disk?: WritingDisk;
}

/** The calls that a file is written by, so that a test can let them fail. */
export type WritingDisk = Pick<
  typeof fs,
  'openSync' | 'writeSync' | 'closeSync' | 'renameSync' | 'rmSync'
>;

/** Leaves nothing behind when the disk refuses, and throws its error. */
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

/** Keeps what can be made again, in a folder for this user alone. Where the folder cannot be written, it is made again each time. */
export function keepFile(path: string, contents: string): void {
  try {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeWholeFile(path, contents);
  } catch {
    // Kept or not, the contents are the same; that the folder cannot be written is told where it matters.
  }
}

/** A file that is being written. Ends in `commit`, and after an error in `discard`. */
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

  /** The file takes its place. */
  commit(): void {
    if (this.#isDurable && this.#open !== undefined) fs.fsyncSync(this.#open);
    this.#close();
    this.#disk.renameSync(this.#path, this.#target);
    if (this.#isDurable) bringToDisk(dirname(this.#target), 'folder');
  }

  /** Removes what it can: the error before is the one worth telling. */
  discard(): void {
    try {
      this.#close();
      this.#disk.rmSync(this.#path, { force: true });
    } catch {
      // The disk refuses everything.
    }
  }

  /** Once: another thread may have been given the same number since. */
  #close(): void {
    const fd = this.#open;
    this.#open = undefined;
    if (fd !== undefined) this.#disk.closeSync(fd);
  }
}

/** Tells the name of a file that was being written from all others. */
export function isStaged(name: string): boolean {
  return name.startsWith('.') && name.endsWith(STAGED);
}

/** Linux moves at most this much in one call. */
export const MOST_BYTES_A_CALL = 0x7fff_f000;

const STAGED = '.tmp';
let staging = 0;

/** A new file under a name that no live thread of this machine uses, and nobody else has taken. */
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
