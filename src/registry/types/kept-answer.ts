/** Cache of the compiler's answers. An answer is valid until a file it depends on changes; a look-up costs one stat per file. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { keepFile } from '../../lib/whole-file.ts';
import type { Digest } from '../../model/ids.ts';
import { LOCK_FILES } from '../loader/lock-files.ts';
import { realPathOf, recordingDisk } from '../loader/project-files.ts';
import { TsConfigs } from '../loader/tsconfig.ts';
import { isLibrary } from './library.ts';
import type { TypeOptions } from './options.ts';

export interface KeptAnswers {
  /** Returns undefined when no answer is kept, or when a file has been changed, added or removed since. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what was kept
  find<T>(question: Digest): T | undefined;
  /** `paths` are files and folders. Generated files and the compiler's own library are ignored: they change with the question only. */
  keep(question: Digest, answer: unknown, paths: Iterable<string>): void;
}

/** Looks at each file once, however many answers depend on it, so the returned object must not be kept for long. */
export function keptAnswers({ root, cacheFolder }: TypeOptions): KeptAnswers {
  const seen = new Map<string, PresentState>();
  const look = (path: string): PresentState => {
    let source = seen.get(path);
    if (source === undefined) seen.set(path, (source = new PresentState(path)));
    return source;
  };
  const around = surroundings(root);
  const fileOf = (question: Digest) => join(cacheFolder, 'types', `${question}.json`);
  return {
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
    find<T>(question: Digest) {
      const kept = read<T>(fileOf(question));
      return kept?.sources.every((before) => look(before.path).isAs(before, kept.savedAt)) === true
        ? kept.answer
        : undefined;
    },
    keep(question, answer, paths) {
      const outside = [...paths].filter(
        (path) => !isLibrary(path) && !path.startsWith(cacheFolder),
      );
      const local = outside.filter(
        (path) => !path.includes('/node_modules/') && !look(path).isFolder,
      );
      const folders = local.map((file) => dirname(file));
      const sources = [...new Set([...outside, ...folders, ...around])].map((path) =>
        look(path).trace(),
      );
      const kept: KeptAnswer<unknown> = { savedAt: Date.now(), sources, answer };
      keepFile(fileOf(question), JSON.stringify(kept));
    },
  };
}

interface KeptAnswer<T> {
  readonly savedAt: number;
  readonly sources: readonly Trace[];
  readonly answer: T;
}

/** State of a file or folder when the answer was kept. A folder's digest covers the names by which imports find modules in it. */
interface Trace {
  readonly path: string;
  /** Null when the path did not exist. */
  readonly stat: null | {
    readonly size: number;
    readonly mtimeMs: number;
    readonly ctimeMs: number;
  };
  /** Real path of a folder, because its contents are found from there. */
  readonly to?: string | undefined;
  readonly digest: Digest;
}

/** A change this shortly before the answer was kept may not show in the file's modification time. */
const CLOCK_GRAIN_MS = 50;

/** Present state of a file or folder, which is read only when its stat is not conclusive. */
class PresentState {
  readonly #path: string;
  readonly #stat: Stats | undefined;
  #known: Digest | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#stat = statSync(path, { throwIfNoEntry: false });
  }

  get isFolder(): boolean {
    return this.#stat?.isDirectory() === true;
  }

  isAs({ stat, to, digest }: Trace, savedAt: number): boolean {
    const now = this.#stat;
    if (now === undefined || stat === null) return now === undefined && stat === null;
    if (to !== this.#place()) return false;
    const isSame =
      now.size === stat.size && now.mtimeMs === stat.mtimeMs && now.ctimeMs === stat.ctimeMs;
    return (isSame && now.mtimeMs < savedAt - CLOCK_GRAIN_MS) || this.#digest() === digest;
  }

  trace(): Trace {
    if (this.#stat === undefined) return { path: this.#path, stat: null, digest: '' };
    const { size, mtimeMs, ctimeMs } = this.#stat;
    const stat = { size, mtimeMs, ctimeMs };
    return { path: this.#path, stat, to: this.#place(), digest: this.#digest() };
  }

  #place(): string | undefined {
    return this.isFolder ? realPathOf(this.#path) : undefined;
  }

  #digest(): Digest {
    if (this.#known === undefined) {
      const hash = createHash('sha256');
      if (this.isFolder) for (const name of moduleNames(this.#path)) hash.update(`${name}\0`);
      else hash.update(`${realPathOf(this.#path)}\0`).update(readFileSync(this.#path));
      this.#known = hash.digest('hex');
    }
    return this.#known;
  }
}

/**
 * Returns the names in a folder by which the compiler may find new modules: all packages of `node_modules`, in other folders source
 * files and folders that hold some. A run's state, results and reports may come and go beside the sources.
 */
function moduleNames(folder: string): readonly string[] {
  const isOfPackages = ['node_modules', '@types'].includes(basename(folder));
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => isOfPackages || isSource(entry.name) || holdsSources(folder, entry))
    .map(({ name }) => name)
    .toSorted();
}

const isSource = (name: string): boolean => /\.[cm]?[jt]sx?$/.test(name);

function holdsSources(parent: string, entry: Dirent): boolean {
  if (!entry.isDirectory()) return false;
  try {
    return readdirSync(join(parent, entry.name)).some(isSource);
  } catch {
    return false; // The compiler may not read it either.
  }
}

const PACKAGES = ['package.json', ...LOCK_FILES, 'node_modules', 'node_modules/@types'];

/** Returns every path, existing or not, that decides on the compiler's options and on which packages are found. */
function surroundings(root: string): readonly string[] {
  const asked: string[] = [];
  new TsConfigs(recordingDisk(asked)).of(root);
  for (let folder = root; ; folder = dirname(folder)) {
    asked.push(...PACKAGES.map((name) => join(folder, name)));
    if (dirname(folder) === folder) return asked;
  }
}

/** Returns undefined for a kept answer that cannot be read. */
function read<T>(file: string): KeptAnswer<T> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as KeptAnswer<T>; // written by `keep`, under a name that only this question has
  } catch {
    return undefined;
  }
}
