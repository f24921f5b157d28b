import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, type Digest } from '../../model/ids.ts';
import { digestOfBytes, realPathOf, type ProjectFiles } from '../loader/project-files.ts';

/** Everything that the outcome of an import depended on. While it stays the same, another import would give the same outcome. */
export interface ImportInputs {
  /** `fileDigest` makes the digests. */
  readonly files: readonly { readonly path: string; readonly digest: Digest }[];
  /** Folders in which something was found, and links to files, with the real path of each. */
  readonly ways: readonly { readonly path: string; readonly to: string }[];
  /** Paths that were looked up and did not exist. */
  readonly absent: readonly string[];
  readonly folders: readonly { readonly path: string; readonly digest: Digest }[];
  readonly env: { readonly names: readonly string[]; readonly digest: Digest };
}

/**
 * Records what the loader and the modules' own top-level code read of the disk and the environment.
 * In top-level code it sees the usual ways to read a file or folder of the project, not streams or child processes.
 */
export class InputRecorder implements ProjectFiles {
  readonly #disk: ProjectFiles;
  readonly #root: string;
  readonly #cacheFolder: string | undefined;
  readonly #files = new Map<string, Digest>();
  readonly #absent = new Set<string>();
  readonly #ways = new Map<string, string>();
  readonly #touched = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #names = new Set<string>();
  #env: NodeJS.ProcessEnv = {};

  constructor(
    disk: ProjectFiles,
    { root, cacheFolder }: { readonly root: string; readonly cacheFolder?: string },
  ) {
    this.#disk = disk;
    this.#root = root;
    this.#cacheFolder = cacheFolder;
  }

  isFile(path: string): boolean {
    const found = this.#disk.isFile(path);
    if (found) this.#noteWay(path);
    else this.#absent.add(path);
    return found;
  }

  read(path: string): Buffer | undefined {
    const contents = this.#disk.read(path);
    if (contents === undefined) this.#absent.add(path);
    // The first read counts: if the file has changed since, the outcome is not kept.
    else if (!this.#files.has(path)) {
      this.#files.set(path, fileDigest(path, contents));
      this.#noteWay(path);
    }
    return contents;
  }

  /** Watches this thread's `process.env` and `node:fs` from here on; the thread must serve no other purpose. */
  watchThread(): void {
    this.#env = process.env;
    process.env = watched(process.env, this.#names);
    const [file, folder] = [noting(this.#touched), noting(this.#folders)];
    fs.readFileSync = file(fs.readFileSync);
    fs.readFile = Object.assign(file(fs.readFile), fs.readFile);
    fs.promises.readFile = file(fs.promises.readFile);
    fs.readdirSync = folder(fs.readdirSync);
    fs.promises.readdir = folder(fs.promises.readdir);
    syncBuiltinESMExports();
  }

  inputs(): ImportInputs {
    for (const path of this.#ofProject(this.#touched)) {
      if (!this.#files.has(path)) this.read(path);
    }
    const names = [...this.#names].sort();
    return {
      files: [...this.#files].map(([path, digest]) => ({ path, digest })),
      ways: [...this.#ways].map(([path, to]) => ({ path, to })),
      absent: [...this.#absent],
      folders: this.#ofProject(this.#folders).map((path) => ({
        path,
        digest: listingDigest(path),
      })),
      env: { names, digest: envDigest(names, this.#env) },
    };
  }

  #noteWay(file: string): void {
    const folder = dirname(file);
    if (!this.#ways.has(folder)) this.#ways.set(folder, realPathOf(folder) ?? folder);
    const to = realPathOf(file);
    const isLink = to !== undefined && to !== join(this.#ways.get(folder) ?? '', basename(file));
    if (isLink && !this.#ways.has(file)) this.#ways.set(file, to);
  }

  #ofProject(paths: Iterable<string>): readonly string[] {
    return [...paths]
      .map((path) => resolve(path))
      .filter((path) => isInside(this.#root, path) && !path.includes(`${sep}node_modules${sep}`))
      .filter((path) => this.#cacheFolder === undefined || !isInside(this.#cacheFolder, path));
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith('..') && !isAbsolute(way);
}

/** Returns the digest of a file's contents and real path, because relative imports of a module depend on both. */
export function fileDigest(path: string, contents: Buffer): Digest {
  return digestOf([digestOfBytes(contents), realPathOf(path)]);
}

/** Returns the digest of the names in a folder; an absent folder counts as an empty one. */
export function listingDigest(folder: string): Digest {
  try {
    return digestOf(fs.readdirSync(folder).sort());
  } catch {
    return digestOf([]);
  }
}

/** Returns one digest of the values of all variables, so that no single value can be guessed from it. */
export function envDigest(names: readonly string[], env: NodeJS.ProcessEnv): Digest {
  return digestOf(names.flatMap((name) => [name, env[name]]));
}

function watched(env: NodeJS.ProcessEnv, names: Set<string>): NodeJS.ProcessEnv {
  const note = (name: string | symbol) => typeof name === 'string' && names.add(name);
  return new Proxy(env, {
    get: (target, name) => (note(name), Reflect.get(target, name) as unknown),
    has: (target, name) => (note(name), Reflect.has(target, name)),
    ownKeys: (target) => Reflect.ownKeys(target).map((name) => (note(name), name)),
  });
}

/** Wraps functions whose first argument is a path. */
function noting(paths: Set<string>) {
  return <F extends (...args: never) => unknown>(read: F): F =>
    new Proxy(read, {
      apply(target, self, args: unknown[]) {
        const [path] = args;
        if (typeof path === 'string') paths.add(path);
        else if (path instanceof URL && path.protocol === 'file:') paths.add(fileURLToPath(path));
        return Reflect.apply(target, self, args) as unknown;
      },
    });
}
