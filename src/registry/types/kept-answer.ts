/** Answers of the compiler, kept as long as every file they depend on is as it was. To find one again costs a stat a file. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../../model/ids.ts';
import { disk, type ProjectFiles } from '../project-files.ts';
import { TsConfigs } from '../tsconfig.ts';
import type { TypeOptions } from './options.ts';

/** Undefined when there is none, or when a file has changed, come or gone since. */
export function keptAnswer<T>(question: Digest, options: TypeOptions): T | undefined {
  const kept = read<T>(fileOf(question, options));
  if (kept === undefined || !kept.sources.every((source) => isAsBefore(source, kept.savedAt))) return undefined;
  return kept.answer;
}

/** Files inside the cache folder are generated from the question, and those named `bundled:` belong to the compiler. */
export function keepAnswer(question: Digest, answer: unknown, files: readonly string[], options: TypeOptions): void {
  const outside = files.filter((file) => !file.startsWith('bundled:') && !file.startsWith(options.cacheFolder));
  const local = outside.filter((file) => !file.includes('/node_modules/'));
  const paths = new Set([...outside, ...local.map((file) => dirname(file)), ...surroundings(options.root)]);
  const savedAt = Date.now();
  const kept: Kept<unknown> = { savedAt, sources: [...paths].map((path) => sourceOf(path)), answer };
  const file = fileOf(question, options);
  const staged = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(staged, JSON.stringify(kept));
    renameSync(staged, file);
  } catch {
    // Not kept, so asked again next time; that the folder cannot be written is told where it matters.
    rmSync(staged, { force: true });
  }
}

interface Kept<T> {
  readonly savedAt: number;
  readonly sources: readonly Source[];
  readonly answer: T;
}

/** A file or a folder as it was; of a folder the names count, because a new file can take the place of another in an import. */
interface Source {
  readonly path: string;
  /** Null: it was not there. */
  readonly seen: null | { readonly size: number; readonly mtimeMs: number; readonly ctimeMs: number };
  readonly digest: Digest;
}

/** A change so soon before the answer was kept may have left no trace in the time of the file. */
const CLOCK_GRAIN_MS = 50;

function isAsBefore({ path, seen, digest }: Source, savedAt: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || seen === null) return stat === undefined && seen === null;
  const isSame = stat.size === seen.size && stat.mtimeMs === seen.mtimeMs && stat.ctimeMs === seen.ctimeMs;
  if (isSame && stat.mtimeMs < savedAt - CLOCK_GRAIN_MS) return true;
  return contentDigest(path, stat.isDirectory()) === digest;
}

function sourceOf(path: string): Source {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { path, seen: null, digest: '' };
  const { size, mtimeMs, ctimeMs } = stat;
  return { path, seen: { size, mtimeMs, ctimeMs }, digest: contentDigest(path, stat.isDirectory()) };
}

function contentDigest(path: string, isFolder: boolean): Digest {
  const hash = createHash('sha256');
  if (isFolder) for (const name of readdirSync(path).toSorted()) hash.update(`${name}\0`);
  else hash.update(readFileSync(path));
  return hash.digest('hex');
}

const LOCKS = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'node_modules', 'node_modules/@types'];

/** What decides on the compiler's options and on which packages are found: every place that is looked at, there or not. */
function surroundings(root: string): readonly string[] {
  const asked: string[] = [];
  const recording: ProjectFiles = {
    isFile: (path) => (asked.push(path), disk.isFile(path)),
    read: (path) => (asked.push(path), disk.read(path)),
  };
  new TsConfigs(recording).of(root);
  for (let folder = root; ; folder = dirname(folder)) {
    asked.push(...LOCKS.map((name) => join(folder, name)));
    if (dirname(folder) === folder) return asked;
  }
}

function fileOf(question: Digest, { cacheFolder }: TypeOptions): string {
  return join(cacheFolder, 'types', `${question}.json`);
}

/** A kept answer that does not read is none. */
function read<T>(file: string): Kept<T> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept<T>; // written by keepAnswer under a name that its content decides
  } catch {
    return undefined;
  }
}
