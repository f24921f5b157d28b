/** The file of a report: it is checked to be writable before the run begins, and is written as a whole or not at all. */
import { existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolders } from '../../lib/make-folders.ts';
import { StagedFile, writeWholeFile } from '../../lib/whole-file.ts';
import { Fault } from '../../model/fault.ts';

export class ReportFile {
  /** The path with links resolved: two names of one file have one path. */
  readonly path: string;
  readonly #shown: string;
  /** False for a device or a pipe, which cannot be replaced by a file. */
  readonly #isReplaceable: boolean;

  /** Makes the folder. Throws DP8002 when the file could not be written. */
  constructor(file: string, cwd: string) {
    this.#shown = file;
    const wanted = resolve(cwd, file);
    try {
      makeFolders(dirname(wanted));
      const existing = statSync(wanted, { throwIfNoEntry: false });
      if (existing?.isDirectory() === true) throw new Error('it is a folder');
      this.#isReplaceable = existing === undefined || existing.isFile();
      this.path = this.#isReplaceable ? fileItself(wanted) : wanted;
      if (!this.#isReplaceable) return;
      new StagedFile(this.path).discard();
    } catch (cause) {
      throw this.#notWritable(cause);
    }
  }

  /** Throws DP8002 when the file cannot be written. */
  write(text: string): void {
    try {
      if (this.#isReplaceable) writeWholeFile(this.path, text);
      else writeFileSync(this.path, text);
    } catch (cause) {
      throw this.#notWritable(cause);
    }
  }

  #notWritable(cause: unknown): Fault {
    const { message } = cause as Error;
    return new Fault('DP8002', `${this.#shown} cannot be written: ${message}`, {
      cause,
      hint: 'a reporter needs a file that it may replace, or a device',
    });
  }
}

function fileItself(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}
