/**
 * The module `dp` that the executable puts into `node_modules/` of a project, so that the project's own tests can import
 * `dp` and `dp/testing` where no package is installed. Task modules that dp itself runs need none.
 */
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../model/fault.ts';
import { moduleFiles } from './installation.ts';

/**
 * Returns the folder of the module, which it writes whole or not at all; one that an older dp wrote is replaced.
 * Throws DP1016 when something else is there, DP1017 when dp is no executable, DP8002.
 */
export function installModule(root: string): string {
  const files = moduleFiles();
  if (files === undefined)
    throw new Fault('DP1017', 'only the single executable has the module for tests in it', {
      hint: 'install the package of dp into the project, which has the whole library',
    });
  const folder = join(root, 'node_modules/dp');
  if (isForeign(folder))
    throw new Fault('DP1016', `${folder} was not made by dp`, {
      hint: 'use what is there, or uninstall it first',
    });
  const staged = join(root, `node_modules/.dp-${process.pid}`);
  try {
    for (const [name, contents] of [...files, ...MARKS]) {
      mkdirSync(dirname(join(staged, name)), { recursive: true });
      writeFileSync(join(staged, name), contents);
    }
    // Whatever came meanwhile is not ours to remove.
    if (!isForeign(folder)) rmSync(folder, { recursive: true, force: true });
    renameSync(staged, folder);
  } catch (cause) {
    throw new Fault('DP8002', `${folder} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
  return folder;
}

/** True when the project would get a module: dp has one in it, and nothing else is in the way. */
export const canInstallModule = (root: string): boolean =>
  moduleFiles() !== undefined && !isForeign(join(root, 'node_modules/dp'));

/** Git ignores the folder, and dp knows it again. */
const MARK = '.gitignore';
const MARKS: ReadonlyMap<string, string> = new Map([
  [MARK, '# Made by dp, which may replace this folder.\n*\n'],
]);

function isForeign(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (!stats.isDirectory()) return true;
  try {
    return readFileSync(join(folder, MARK), 'utf8') !== MARKS.get(MARK);
  } catch {
    return true;
  }
}
