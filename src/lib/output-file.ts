/** Files that the user names: a file is replaced as a whole; a device or a pipe, which cannot be replaced, is written to. */
import { closeSync, openSync, realpathSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StagedFile, type WholeFileOptions } from './whole-file.ts';

/** The caller commits it at the end, or discards it after an error. */
export type OutputFile = Pick<StagedFile, 'write' | 'commit' | 'discard'>;

/** Opens the file for writing. Throws the error of the system, or one that says that it is a folder. */
export function openOutput(
  path: string,
  options: Pick<WholeFileOptions, 'mode' | 'isDurable'> = {},
): OutputFile {
  const file = replacedFile(path);
  return file === undefined ? new DeviceFile(path) : new StagedFile(file, options);
}

/** Writes all of it. Of a file that cannot be written whole nothing is written; throws as `openOutput` does. */
export function writeOutput(path: string, text: string): void {
  const output = openOutput(path);
  try {
    output.write(Buffer.from(text));
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** Returns the path of the file that is replaced or made, with links resolved; undefined for a device or a pipe. */
export function replacedFile(path: string): string | undefined {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing === undefined) return join(realpathSync(dirname(path)), basename(path));
  if (existing.isDirectory()) throw new Error('it is a folder');
  return existing.isFile() ? realpathSync(path) : undefined;
}

/** Bytes are there as soon as they are written. */
class DeviceFile implements OutputFile {
  #open: number | undefined;

  constructor(path: string) {
    this.#open = openSync(path, 'w');
  }

  write(bytes: Uint8Array): void {
    if (this.#open === undefined) throw new Error('the device is closed');
    for (let done = 0; done < bytes.byteLength;) done += writeSync(this.#open, bytes, done);
  }

  commit(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
  }

  discard(): void {
    this.commit();
  }
}
