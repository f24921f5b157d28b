/** Reads the triggers of pipeline files, tells which files are broken, and notices when a file has changed. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { CurrentDefinitions } from '../../scheduler/tick-loop.ts';
import { pipelineFiles } from '../planning/load.ts';
import { type CallerContext, rootFor } from '../project/caller-context.ts';
import { definedTriggers } from './trigger-definitions.ts';

export interface DefinitionNews {
  readonly is: 'broken';
  readonly file: string;
  readonly diagnostics: readonly Diagnostic[];
}

export class DefinitionSource implements Disposable {
  readonly #files: readonly string[];
  readonly #caller: CallerContext;
  readonly #hear: (news: DefinitionNews) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #onChange: () => void = () => undefined;
  /** What the files looked like when they were read last. */
  #seen = '';
  /** What was told of each broken file. */
  #told = new Map<string, string>();

  /** Without files, it is every pipeline of the project. */
  constructor(
    files: readonly string[],
    caller: CallerContext,
    hear: (news: DefinitionNews) => void,
  ) {
    this.#files = files;
    this.#caller = caller;
    this.#hear = hear;
  }

  /** Reads the files as they are now. A file that is broken is told once. */
  async read(): Promise<CurrentDefinitions> {
    const files = await this.#listed();
    this.#seen = looksOf(files);
    // A project's settings may have changed, too.
    const { definitions, broken } = await definedTriggers(files, {
      ...this.#caller,
      projects: new Map(),
    });
    const told = new Map(
      Array.from(broken, ([file, diagnostics]) => [file, JSON.stringify(diagnostics)]),
    );
    for (const [file, diagnostics] of broken)
      if (this.#told.get(file) !== told.get(file)) this.#hear({ is: 'broken', file, diagnostics });
    this.#told = told;
    return { definitions, broken: new Set(broken.keys()) };
  }

  /** Returns whether the files differ from those that were read last. */
  async hasChanged(): Promise<boolean> {
    return looksOf(await this.#listed()) !== this.#seen;
  }

  /** Calls `act` soon after a file may have changed. It may miss changes: `hasChanged` knows. */
  watch(act: () => void): void {
    this.#onChange = act;
    const { cwd } = this.#caller;
    const folders = this.#files.length > 0 ? this.#files.map(dirname) : [cwd];
    for (const folder of folders) this.#watchFolder(rootFor(folder, this.#caller));
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #listed(): Promise<readonly string[]> {
    const files = this.#files.length > 0 ? this.#files : await pipelineFiles(this.#caller);
    for (const file of files) this.#watchFolder(dirname(file));
    return files;
  }

  #watchFolder(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#onChange());
      const forget = (): void => {
        watcher.close();
        this.#watchers.delete(folder);
      };
      watcher.on('error', forget);
      this.#watchers.set(folder, watcher);
    } catch (error) {
      // The system has no watches left, or the folder is gone: the looks remain.
      if (!(error instanceof Error && 'syscall' in error)) throw error;
    }
  }
}

function looksOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? file : `${file} ${stats.ino} ${stats.size} ${stats.mtimeNs}`;
    })
    .join('\n');
}
