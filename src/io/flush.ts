/** Brings written data to the device: files, the folders that name them, and the folders above. */
import { join } from 'node:path';
import { isStaged } from '../lib/whole-file.ts';
import { type Disk, diskFault, entriesOf, isAbsent } from './disk.ts';

/**
 * Settles when everything in `folder`, and the `above` folders that lead to it, survives a power cut.
 * Absent folders are skipped. A few files are synced one by one; many are synced, with all else on their file system, in one
 * call, which took a quarter of the time for 10,000. Throws DP8002.
 */
export async function flushTree(
  disk: Disk,
  folder: string,
  above: readonly string[],
): Promise<void> {
  const { files, folders } = treeOf(disk, folder);
  if (files.length === 0 && folders.length === 1) return; // It is absent, or empty: nothing was promised.
  if (files.length > MANY && (await disk.syncFilesystem(folder))) return;
  await syncAll(disk, files, 'r+');
  // Windows journals its folders, and syncs none.
  if (process.platform !== 'win32') await syncAll(disk, [...folders, ...above], 'r');
}

/** Below this number of files, about 20 ms of work, the rest of the file system is not synced. */
const MANY = 256;
/** More than the number of threads, so that the journal can commit several at once. */
const AT_ONCE = 16;

/** Folders are opened for reading only; Windows syncs only files that are open for writing. */
type Mode = 'r' | 'r+';

/** Lists the tree without files that are still being staged: only a settled save is promised. */
function treeOf(disk: Disk, root: string): { files: string[]; folders: string[] } {
  const files: string[] = [];
  const folders = [root];
  for (const folder of folders) {
    for (const entry of entriesOf(disk, folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && !isStaged(entry.name)) files.push(path);
    }
  }
  return { files, folders };
}

async function syncAll(disk: Disk, paths: readonly string[], mode: Mode): Promise<void> {
  const left = paths.values();
  const worker = async (): Promise<void> => {
    for (const path of left) await syncOne(disk, path, mode);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function syncOne(disk: Disk, path: string, mode: Mode): Promise<void> {
  try {
    const fd = disk.openSync(path, mode);
    try {
      await disk.sync(fd);
    } finally {
      disk.closeSync(fd);
    }
  } catch (error) {
    if (!isAbsent(error)) throw diskFault('write', path, error);
  }
}
