import { dirname, join, relative, sep } from 'node:path';
import { digestOf, type Digest } from '../../model/ids.ts';
import type { CodeParts, OutsideRead } from '../../model/task.ts';
import { lazy } from '../loader/lazy.ts';
import type { Loader, LoadRecorder } from '../loader/loader.ts';
import { outsideReads } from './outside-reads.ts';
import { digestOfBytes, realPathOf, textOf, type ProjectFiles } from '../loader/project-files.ts';

/**
 * Finds the project's files that a module needs, directly or not: those that were loaded, and those that would be loaded later by
 * an `import()`, `require()` or `new URL(…, import.meta.url)` whose target is a literal.
 */
export class ModuleGraph implements LoadRecorder {
  readonly #imports = new Map<string, Set<string>>();
  readonly #modules = new Map<string, LocalModule>();

  imported(importer: string, file: string): void {
    const files = this.#imports.get(importer);
    if (files === undefined) this.#imports.set(importer, new Set([file]));
    else files.add(file);
  }

  loaded(file: string, contents: Buffer, code: string): void {
    const mentions = lazy(() => specifiersIn(code, LATER));
    const reads = lazy(() => outsideReads(file, textOf(contents)));
    this.#modules.set(file, { code, digest: digestOfBytes(contents), mentions, reads });
  }

  /** Code that Node was given to run, for a file that was loaded. */
  codeOf(file: string): string | undefined {
    return this.#modules.get(file)?.code;
  }

  /** Returns the digest of a file; undefined when it could not be read. */
  digestOf(file: string): Digest | undefined {
    return this.#modules.get(file)?.digest;
  }

  readsOf(file: string): readonly OutsideRead[] {
    return this.#modules.get(file)?.reads() ?? [];
  }

  /** Returns the folders of all files seen so far. */
  folders(): ReadonlySet<string> {
    return new Set([...this.#modules.keys()].map((file) => dirname(file)));
  }

  /** Returns the module and all files it needs, sorted. Files that are not loaded yet are read, not run. */
  filesOf(entry: string, loader: Loader, files: ProjectFiles): readonly string[] {
    const seen = new Set([entry]);
    for (const file of seen) {
      const module = this.#modules.get(file) ?? this.#read(file, loader, files);
      for (const target of [...(this.#imports.get(file) ?? []), ...laterOf(file, module, loader)]) {
        if (SOURCE.test(target) && !target.includes(PACKAGES)) seen.add(target);
      }
    }
    return [...seen].sort();
  }

  #read(file: string, loader: Loader, files: ProjectFiles): LocalModule | undefined {
    const contents = files.read(file);
    if (contents === undefined) return undefined;
    const code = codeToScan(file, contents, loader);
    const mentions = lazy(() => specifiersIn(code, ANY));
    const reads = lazy(() => outsideReads(file, textOf(contents)));
    const module = { code, digest: digestOfBytes(contents), mentions, reads };
    this.#modules.set(file, module);
    return module;
  }
}

/** Returns real paths, because the relative imports of a module start from its real path. */
function laterOf(file: string, module: LocalModule | undefined, loader: Loader): readonly string[] {
  const named = module?.mentions().map((mention) => loader.resolve(mention, file)) ?? [];
  return named.flatMap((target) => (target === undefined ? [] : (realPathOf(target) ?? target)));
}

interface LocalModule {
  readonly code: string;
  readonly digest: Digest;
  /** Specifiers in calls, which are imported only when the call is made. */
  readonly mentions: () => readonly string[];
  readonly reads: () => readonly OutsideRead[];
}

// A specifier in a comment counts too: a file too many costs a cache entry, one too few gives a wrong result.
const LITERAL = `(?:/\\*[^]*?\\*/\\s*)?['"\`](?<specifier>[^'"\`$]+)['"\`]`;
const CALLS = `\\b(?:import|require|require\\.resolve)\\(\\s*${LITERAL}|\\bnew URL\\(\\s*${LITERAL}\\s*,\\s*import\\.meta\\.url`;
const LATER = new RegExp(CALLS, 'g');
const ANY = new RegExp(`${CALLS}|\\b(?:from|import)\\s*${LITERAL}`, 'g');
const SOURCE = /\.(?:[mc]?[jt]s|[jt]sx|json|sql|wasm|node)$/;
const PACKAGES = `${sep}node_modules${sep}`;

function specifiersIn(code: string, pattern: RegExp): readonly string[] {
  return [...code.matchAll(pattern)].flatMap(({ groups }) => groups?.['specifier'] ?? []);
}

/** Returns the compiled code. Code that cannot be compiled is scanned as it is: it fails when it is imported, not here. */
function codeToScan(file: string, contents: Buffer, loader: Loader): string {
  try {
    return loader.compile(file, contents);
  } catch {
    return contents.toString();
  }
}

/** Returns everything that decides what a module's tasks do. Equal code has equal parts in any folder and on any machine. */
export function codeParts(
  files: readonly { readonly path: string; readonly digest: Digest | undefined }[],
  project: {
    readonly root: string;
    readonly lockFile: Digest | undefined;
    readonly options: string;
  },
): CodeParts {
  return {
    files: files
      .map(({ path, digest = null }) => ({
        path: relative(project.root, path).replaceAll(sep, '/'),
        digest,
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    lockFile: project.lockFile ?? null,
    options: project.options,
  };
}

export function codeHash({ files, lockFile, options }: CodeParts): Digest {
  const nodeMajor = process.versions.node.split('.')[0];
  const listed = files.flatMap(({ path, digest }) => [path, digest ?? undefined]);
  return digestOf(['1', nodeMajor, lockFile ?? undefined, options, ...listed]);
}

/** Reads the nearest package.json of each folder. It decides how Node interprets its files, so a changed or new one has to be noticed. */
export function readManifests(folders: Iterable<string>, files: ProjectFiles): void {
  const asked = new Set(folders);
  for (const folder of asked) {
    if (files.read(join(folder, 'package.json')) === undefined) asked.add(dirname(folder));
  }
}
