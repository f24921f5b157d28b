/**
 * Observes what the functions of a thread read. A thread runs one attempt at a time, so what it reads meanwhile is that attempt's;
 * what a module reads while it is imported counts for every attempt that uses the module.
 */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getCallSites } from 'node:util';
import { isOwnCode } from '../../lib/own-code.ts';
import type { Digest } from '../../model/ids.ts';
import type { SeenRead } from '../../model/input-note.ts';
import type { LoadRecorder } from '../../registry/loader/loader.ts';
import { digestOfBytes, disk } from '../../registry/loader/project-files.ts';
import { Observation } from './observation.ts';
import { watchFiles } from './watched-files.ts';

interface ObservedAttempt {
  readonly seen: Observation;
  /** Modules that its code imported. */
  readonly late: Set<string>;
  /** True once a module was loaded for it. */
  loads: boolean;
}

/** What may follow the name in an import. */
const ENDINGS = ['', '.ts', '.mts', '.cts', '.js', '.json', '/index.ts', '/index.js'];

/** Frames of a stack that are looked at. */
const DEPTH = 200;

export class Observer implements LoadRecorder {
  /** Files that each file imports wherever it is used, and those that it required late: Node tells of a second `require` nothing. */
  readonly #imports = new Map<string, Set<string>>();
  /** Modules of this thread, with the attempt that loaded them. */
  readonly #modules = new Map<
    string,
    { readonly digest: Digest; readonly by: object | undefined }
  >();
  readonly #whileImported = new Map<string, Observation>();
  #attempt: ObservedAttempt | undefined;
  #isImporting = false;
  #isStale = false;

  constructor() {
    watchFiles(() => this.#current());
  }

  /** Observes the import of a module until the returned function is called. */
  importing(): () => void {
    this.#isImporting = true;
    return () => (this.#isImporting = false);
  }

  /** Observes an attempt until it is ended. `leftOut` are folders whose files are no inputs. */
  begin(leftOut: readonly string[]): Observation {
    const seen = new Observation(leftOut);
    this.#attempt = { seen, late: new Set(), loads: false };
    return seen;
  }

  /** True once a late module that an attempt used was edited after it had been loaded: Node does not load it again in this thread. */
  get isStale(): boolean {
    return this.#isStale;
  }

  get isObserving(): boolean {
    return this.#attempt !== undefined;
  }

  /**
   * Ends the observation and returns the reads of the attempt; undefined when there are too many. `module` is the file of its
   * function, and `planned` are the files that the key of the result covers.
   */
  end(module: string, planned: ReadonlySet<string>): readonly SeenRead[] | undefined {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt === undefined) return undefined;
    const used = this.#reachedFrom([module, ...attempt.late]);
    for (const file of used) {
      const whileImported = this.#whileImported.get(file);
      if (whileImported !== undefined) attempt.seen.include(whileImported);
    }
    const reads = attempt.seen.seen();
    const modules = [...used].flatMap((path): SeenRead[] => {
      const loaded = planned.has(path) ? undefined : this.#modules.get(path);
      if (loaded === undefined) return [];
      const contents = disk.read(path);
      this.#isStale ||= contents === undefined || digestOfBytes(contents) !== loaded.digest;
      return [{ is: 'module', path, digest: loaded.digest }];
    });
    return reads && [...reads.filter((read) => !isPlanned(read, planned)), ...modules];
  }

  imported(importer: string, file: string, isRequired: boolean): void {
    const attempt = this.#attempt;
    const isLate = attempt !== undefined && this.#modules.get(importer)?.by !== attempt;
    if (isLate) attempt.late.add(file);
    if (!isLate || isRequired) add(this.#imports, importer, file);
  }

  loaded(file: string, contents: Buffer): void {
    this.#modules.set(file, { digest: digestOfBytes(contents), by: this.#attempt });
    if (this.#attempt !== undefined) this.#attempt.loads = true;
  }

  missed(specifier: string, importer: string): void {
    if (!specifier.startsWith('.')) return;
    const path = resolve(dirname(importer), specifier);
    for (const ending of ENDINGS) this.#attempt?.seen.misses(path + ending);
  }

  #current(): Observation | undefined {
    const attempt = this.#attempt;
    if (attempt === undefined)
      return this.#isImporting ? this.#ofImport(outermostFile()) : undefined;
    if (!attempt.loads) return attempt.seen;
    const file = outermostFile();
    const isImport = file !== undefined && this.#modules.get(file)?.by === attempt;
    return isImport ? this.#ofImport(file) : attempt.seen;
  }

  #ofImport(file: string | undefined): Observation | undefined {
    if (file === undefined) return undefined;
    let seen = this.#whileImported.get(file);
    if (seen === undefined) this.#whileImported.set(file, (seen = new Observation([])));
    return seen;
  }

  /** Returns the files and all that they import. */
  #reachedFrom(files: readonly string[]): Set<string> {
    const reached = new Set(files);
    for (const file of reached) for (const next of this.#imports.get(file) ?? []) reached.add(next);
    return reached;
  }
}

/** Returns the file of the project whose code is at the bottom of the stack: that of the module that is being evaluated. */
function outermostFile(): string | undefined {
  const names = getCallSites(DEPTH).map(({ scriptName }) =>
    scriptName.startsWith('file:') ? fileURLToPath(scriptName.replace(/[?#].*$/s, '')) : scriptName,
  );
  return names.findLast((name) => name.startsWith('/') && !isOwnCode(name));
}

/** Returns whether the key of the result covers the contents that were read. */
const isPlanned = (read: SeenRead, planned: ReadonlySet<string>): boolean =>
  read.is === 'file' && planned.has(read.path);

function add(files: Map<string, Set<string>>, from: string, to: string): void {
  const known = files.get(from);
  if (known === undefined) files.set(from, new Set([to]));
  else known.add(to);
}
