import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import {
  discover,
  type Discovered,
  type DiscoveryOptions,
} from '../../src/registry/modules/discovery.ts';

const ROOT = join(import.meta.dirname, '../..');
const DISCOVERY_WORKER = join(ROOT, 'src/registry/modules/discovery-worker.ts');

/** A user's project, made for one test: nothing is installed in it, not even dp. */
export class Project implements Disposable {
  readonly #home = realpathSync(mkdtempSync(join(tmpdir(), 'dp project ')));
  readonly root = join(this.#home, 'project');
  readonly cacheFolder = join(this.#home, 'cache');

  constructor(files: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.root);
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  path(file: string): string {
    return join(this.root, file);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** As if a package that dp's own checkout has were installed. */
  install(name: string): void {
    mkdirSync(join(this.root, 'node_modules'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(this.root, 'node_modules', name));
  }

  discover(
    modules: readonly string[],
    options: Partial<DiscoveryOptions> = {},
  ): Promise<Discovered> {
    const { root, cacheFolder } = this;
    const paths = modules.map((module) => this.path(module));
    return discover(paths, { root, cacheFolder, workerFile: DISCOVERY_WORKER, ...options });
  }

  /** Discovery where no thread can be started: rejects unless all is known already. */
  discoverWithoutThread(
    modules: readonly string[],
    options: Partial<DiscoveryOptions> = {},
  ): Promise<Discovered> {
    const workerFile = join(dirname(DISCOVERY_WORKER), 'no-such-worker.ts');
    return this.discover(modules, { ...options, workerFile });
  }

  /** What a task gives when a worker thread loads and calls it. */
  call(module: string, name: string, params: object = {}): Promise<Called> {
    const { cacheFolder } = this;
    const workerData = { cacheFolder, module: this.path(module), name, params };
    const file = join(import.meta.dirname, 'call-task-worker.ts');
    const worker = new Worker(file, { workerData, execArgv: [] });
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  }

  /** `code file:line:column`, the file relative to the project. */
  told({ diagnostics }: Pick<Discovered, 'diagnostics'>): readonly string[] {
    return diagnostics.map((diagnostic) => `${diagnostic.code} ${this.placeOf(diagnostic)}`);
  }

  placeOf({ at }: Pick<Diagnostic, 'at'>): string {
    return at === undefined ? 'nowhere' : `${relative(this.root, at.file)}:${at.line}:${at.column}`;
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}

export interface Called {
  readonly value?: unknown;
  readonly kind?: string;
  readonly code?: string;
  /** Of an error, with the project's folder cut off. */
  readonly frame?: string;
  readonly message?: string;
}

export const namesOf = ({ definitions }: Discovered) => definitions.map(({ name }) => name).sort();
