/** Lock files of package managers: the only thing that says which packages a project's code was written for. */
import { dirname, join, resolve } from 'node:path';
import { digestOf, type Digest } from '../../model/ids.ts';
import { digestOfBytes, textOf, type ProjectFiles } from './project-files.ts';

export const LOCK_FILES = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
  'vlt-lock.json',
] as const;

/**
 * Returns one digest of all lock files in the nearest folder, at or above the project's root, that has any, and of those
 * of the workspace which that folder belongs to. It cannot be known which of several a package manager still writes:
 * a lock file too many in the key costs a cached result, while one too few gives a wrong result.
 */
export function lockFileDigest(root: string, files: ProjectFiles): Digest | undefined {
  const found: (readonly [name: string, digest: Digest])[] = [];
  for (let folder = resolve(root), isOver = false; !isOver; folder = dirname(folder)) {
    if (found.length === 0 || isWorkspace(folder, files)) found.push(...lockFilesIn(folder, files));
    isOver = dirname(folder) === folder;
  }
  const [only] = found;
  return found.length > 1 ? digestOf(found.flat()) : only?.[1];
}

function lockFilesIn(
  folder: string,
  files: ProjectFiles,
): readonly (readonly [name: string, digest: Digest])[] {
  return LOCK_FILES.flatMap((name) => {
    const contents = files.read(join(folder, name));
    if (contents === undefined) return [];
    return [[name, digestOfBytes(contents)] as const];
  });
}

/** Returns true for the top folder of a workspace, which has the lock file of all its packages. */
function isWorkspace(folder: string, files: ProjectFiles): boolean {
  if (files.read(join(folder, 'pnpm-workspace.yaml')) !== undefined) return true;
  return ['package.json', 'deno.json', 'deno.jsonc'].some((name) => {
    const contents = files.read(join(folder, name));
    return contents !== undefined && /"workspaces?"\s*:/.test(textOf(contents));
  });
}
