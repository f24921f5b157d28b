/** The file of a report: it is checked to be writable before the run begins, and is written as a whole or not at all. */
import { dirname, resolve } from 'node:path';
import { makeFolders } from '../../lib/make-folders.ts';
import { replacedFile, writeOutput } from '../../lib/output-file.ts';
import { StagedFile } from '../../lib/whole-file.ts';
import { Fault } from '../../model/fault.ts';

export class ReportFile {
  /** The path with links resolved: two names of one file have one path. */
  readonly path: string;
  readonly #shown: string;

  /** Makes the folder. Throws DP8002 when the file could not be written. */
  constructor(file: string, cwd: string) {
    this.#shown = file;
    const wanted = resolve(cwd, file);
    try {
      makeFolders(dirname(wanted));
      const replaced = replacedFile(wanted);
      this.path = replaced ?? wanted;
      if (replaced !== undefined) new StagedFile(replaced).discard();
    } catch (cause) {
      throw this.#notWritable(cause);
    }
  }

  /** Throws DP8002 when the file cannot be written. */
  write(text: string): void {
    try {
      writeOutput(this.path, text);
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
