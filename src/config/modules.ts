/** `modules:` of a pipeline file → absolute files, all inside the project, none imported. */
import path from 'node:path';
import { type Diagnostic, didYouMean } from '../model/diagnostic.ts';
import type { Pipeline } from '../model/pipeline.ts';
import { quoted } from './yaml/source.ts';
import { isGlob, isModule } from './format/module-path.ts';

/** The file with the settings of a project, at its root. */
export const PROJECT_FILE_NAME = 'dp.yaml';
const ROOT_MARKERS = ['package.json', 'tsconfig.json', '.git', '.dp'];
/** A glob that walks past this many files is a mistake, such as `../../**`. */
const MAX_WALKED = 100_000;

/**
 * Returns the top of the project of `folder`: the nearest folder upwards with a `dp.yaml`; where there is none, the nearest
 * that looks like a project. Undefined when none does.
 */
export function projectRoot(folder: string, exists: (path: string) => boolean): string | undefined {
  return nearest(folder, [PROJECT_FILE_NAME], exists) ?? nearest(folder, ROOT_MARKERS, exists);
}

function nearest(
  folder: string,
  markers: readonly string[],
  exists: (path: string) => boolean,
): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    if (markers.some((marker) => exists(path.join(at, marker)))) return at;
    if (path.dirname(at) === at) return undefined;
  }
}

/** The disk, as far as modules need it. */
export interface ModuleFiles {
  /** Top of the project; nothing outside is a task module. */
  readonly root: string;
  /** Entries of a folder; undefined when there is none. */
  list(
    folder: string,
  ): Promise<readonly { readonly name: string; readonly isFolder: boolean }[] | undefined>;
  /** Returns the path with symbolic links resolved; undefined when there is no such file or folder. */
  realPath(file: string): Promise<string | undefined>;
}

/** Files are absolute, sorted, each once. Every pattern has to match at least one. */
export async function expandModules(
  pipeline: Pick<Pipeline, 'folder' | 'modules'>,
  files: ModuleFiles,
): Promise<{ files: readonly string[]; diagnostics: readonly Diagnostic[] }> {
  const found = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const { value: pattern, at } of pipeline.modules) {
    const matches = await expand(pattern, pipeline.folder, files);
    if (Array.isArray(matches)) for (const file of matches) found.add(file);
    else diagnostics.push({ severity: 'error', at, ...matches });
  }
  return { files: [...found].sort(), diagnostics };
}

type ModuleProblem = Pick<Diagnostic, 'code' | 'message' | 'hint'>;

async function expand(
  pattern: string,
  folder: string,
  files: ModuleFiles,
): Promise<string[] | ModuleProblem> {
  const base = path.resolve(folder, fixedPart(pattern));
  if (!isInside(files.root, base)) return outside(pattern, files);
  const candidates = isGlob(pattern) ? await walk(base, folder, pattern, files) : [base];
  if (candidates === undefined) {
    const message = `${quoted(pattern)} goes through more than ${MAX_WALKED} files`;
    return { code: 'DP3001', message, hint: 'begin the pattern in the folder of the modules' };
  }
  const real = await Promise.all(candidates.map((file) => files.realPath(file)));
  const present = candidates.filter((_, index) => real[index] !== undefined);
  if (present.length === 0) return await absent(pattern, folder, files);
  const realRoot = (await files.realPath(files.root)) ?? files.root;
  const escapes = real.some((file) => file !== undefined && !isInside(realRoot, file));
  if (escapes) return outside(pattern, files);
  const odd = path.sep === '/' ? present.find((file) => file.includes('\\')) : undefined;
  return odd === undefined ? present : unloadable(pattern, odd);
}

/** Node tells a backslash in the URL of a module from a slash nowhere, so it refuses all of them. */
function unloadable(pattern: string, file: string): ModuleProblem {
  return {
    code: 'DP3002',
    message: `the path of the module ${quoted(pattern)} has a backslash, and Node loads no module from such a path`,
    hint: `rename the file or the folder: ${quoted(file)}`,
  };
}

function outside(pattern: string, { root }: ModuleFiles): ModuleProblem {
  return {
    code: 'DP3003',
    message: `the module ${quoted(pattern)} is outside the project ${root}`,
    hint: 'task modules are files of the project: the folder with dp.yaml, package.json, tsconfig.json, .git or .dp',
  };
}

/** Returns undefined when there are too many files to search. */
async function walk(
  base: string,
  folder: string,
  pattern: string,
  files: ModuleFiles,
): Promise<string[] | undefined> {
  const normal = path.posix.normalize(pattern);
  const matches: string[] = [];
  const open = [base];
  let walked = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { name, isFolder } of (await files.list(at)) ?? []) {
      if (++walked > MAX_WALKED) return undefined;
      const file = path.join(at, name);
      // Relative, so that wildcards in the names of outer folders are none.
      const isMatch = (): boolean => path.posix.matchesGlob(path.relative(folder, file), normal);
      if (!isFolder && isModule(name) && isMatch()) matches.push(file);
      // Hidden folders and dependencies are entered only when the pattern begins inside them.
      else if (isFolder && name !== 'node_modules' && !name.startsWith('.')) open.push(file);
    }
  }
  return matches;
}

async function absent(pattern: string, folder: string, files: ModuleFiles): Promise<ModuleProblem> {
  const code = 'DP3001';
  if (isGlob(pattern)) return { code, message: `no module matches ${quoted(pattern)}` };
  const file = path.resolve(folder, pattern);
  const siblings = ((await files.list(path.dirname(file))) ?? [])
    .filter(({ name, isFolder }) => !isFolder && isModule(name))
    .map(({ name }) => path.relative(folder, path.join(path.dirname(file), name)));
  const hint = didYouMean(path.relative(folder, file), siblings);
  const message = `there is no module ${quoted(pattern)}`;
  return hint === undefined ? { code, message } : { code, message, hint };
}

/** The part of a glob before the first segment with a wildcard; all of a plain path. */
function fixedPart(pattern: string): string {
  const segments = pattern.split('/');
  const first = segments.findIndex(isGlob);
  return first === -1 ? pattern : segments.slice(0, first).join('/');
}

/** Tells whether a path is in a folder or is the folder; both are absolute. */
export function isInside(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
