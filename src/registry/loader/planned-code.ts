/**
 * The code of a plan comes in; what a worker loads is held against it. A module that was edited after the plan was made is refused,
 * because the keys of its results tell of the code that was planned.
 */
import { relative, resolve } from 'node:path';
import { Fault } from '../../model/fault.ts';
import type { Digest } from '../../model/ids.ts';
import type { CodeParts } from '../../model/task.ts';
import { digestOfBytes, disk, realPathOf } from './project-files.ts';

/** Parts of the code of each module, by its path. */
export type CodeOfModules = ReadonlyMap<string, CodeParts>;

export class PlannedCode {
  readonly #root: string;
  readonly #code: CodeOfModules;
  /** Digests by path; null for a file that could not be read. */
  readonly #digests = new Map<string, Digest | null>();
  #hasRefused = false;

  constructor(root: string, code: CodeOfModules) {
    this.#root = root;
    this.#code = code;
    for (const { files } of code.values())
      for (const { path, digest } of files) this.#digests.set(resolve(root, path), digest);
  }

  /** Node does not load a refused module again in this thread, though it were as planned by then. */
  get hasRefused(): boolean {
    return this.#hasRefused;
  }

  /** Returns the files that the key of the module's results covers. */
  filesOf(module: string): ReadonlySet<string> {
    const files = this.#code.get(module)?.files ?? [];
    return new Set(files.map(({ path }) => resolve(this.#root, path)));
  }

  /** Throws DP6007 when the file is part of the plan and had other contents then. */
  checkContents(file: string, contents: Buffer): void {
    const planned = this.#digests.get(file);
    if (planned !== undefined && planned !== digestOfBytes(contents)) throw this.#changed(file);
  }

  /** Throws DP6007 when a file of the plan names an import that leads to a file that it did not lead to then. */
  checkImport(specifier: string, importer: string, file: string): void {
    if (this.#digests.has(file) || !this.#digests.has(importer)) return;
    // Only an import whose target is written out was followed by the plan.
    const text = disk.read(importer)?.toString() ?? '';
    const isWritten = new RegExp(`(["'\`])${RegExp.escape(specifier)}\\1`).test(text);
    if (isWritten) throw this.#changed(file);
  }

  /** Throws DP6007 when the module leads to another file, or is compiled with other options, than when it was planned. */
  checkModule(module: string, optionsOf: (file: string) => string): void {
    const planned = this.#code.get(module);
    if (planned === undefined) return;
    const file = realPathOf(module) ?? module;
    if (!this.#digests.has(file) || optionsOf(file) !== planned.options) throw this.#changed(file);
  }

  #changed(file: string): Fault {
    this.#hasRefused = true;
    const name = relative(this.#root, file);
    return new Fault('DP6007', `"${name}" has changed since the run was planned`);
  }
}
