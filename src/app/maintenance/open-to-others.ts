/** A state folder comes in; what other users of the machine may read or change there goes out. States that older versions made are open to them. */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface OpenPath {
  readonly path: string;
  readonly mode: number;
}

/** Permissions of everybody but the owner. */
const OF_OTHERS = 0o077;

/** Returns nothing for a folder that keeps others out, whatever the permissions in it, and where there are no such permissions. */
export function openToOthers(folder: string): readonly OpenPath[] {
  if (process.platform === 'win32') return [];
  const [top] = looked(folder);
  if (top === undefined) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [top, ...names.flatMap((name) => looked(join(folder, name)))];
}

/** Closes the paths to others, the folder first, so that nobody gets in meanwhile. Throws what the system refuses. */
export function closeToOthers(paths: readonly OpenPath[]): void {
  for (const { path, mode } of paths)
    // A file may have gone in between, or become a link, whose target is none of ours.
    if (looked(path).length > 0) chmodSync(path, mode & ~OF_OTHERS);
}

/** Returns the path when it is open to others; links have no permissions of their own. */
function looked(path: string): readonly OpenPath[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return [];
  const mode = stats.mode & 0o777;
  return (mode & OF_OTHERS) === 0 ? [] : [{ path, mode }];
}
