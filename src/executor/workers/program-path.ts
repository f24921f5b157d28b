/** Finds the file of a program once; the system would look along PATH for each process that is started. */
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export class ProgramPaths {
  readonly #path: string | undefined;
  readonly #found = new Map<string, string>();

  /** `path` is the PATH along which programs are searched. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Returns the file of the program; the name itself when it is a path, or when only the system can resolve it. */
  of(program: string): string {
    let file = this.#found.get(program);
    if (file === undefined) this.#found.set(program, (file = this.#find(program) ?? program));
    return file;
  }

  #find(program: string): string | undefined {
    if (program.includes('/') || this.#path === undefined) return undefined;
    for (const folder of this.#path.split(':')) {
      // Such a folder is looked for from where the process starts.
      if (!isAbsolute(folder)) return undefined;
      const file = join(folder, program);
      if (isExecutable(file)) return file;
    }
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Absent, or not for this user: the search goes on, as the system's does.
    return false;
  }
}
