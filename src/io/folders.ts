/** Makes the folders that results are written to, and sees that none of them leads elsewhere. */
import { dirname } from 'node:path';
import { Fault } from '../model/fault.ts';
import { type Disk, diskFault, isAbsent } from './disk.ts';

export class Folders {
  readonly #root: string;
  readonly #disk: Disk;
  /** Device and number of each folder that was found to be in place. */
  readonly #known = new Map<string, string>();

  constructor(root: string, disk: Disk) {
    this.#root = root;
    this.#disk = disk;
  }

  /**
   * `folder`, at or below the root, exists when this returns, and nothing from the root down is a symbolic link.
   * A folder met before costs one look: as long as its path leads to the same one, so does the whole way.
   * Throws DP8001 for a link or a file in the way, DP8002 when the disk refuses.
   */
  ready(folder: string): void {
    const known = this.#known.get(folder);
    if (known !== undefined && this.#look(folder) === known) return;
    if (folder !== this.#root) this.ready(dirname(folder));
    const found = this.#make(folder);
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(folder, found);
  }

  /** False when `folder` is not there. Makes nothing; throws like `ready`. */
  exists(folder: string): boolean {
    if (folder !== this.#root && !this.exists(dirname(folder))) return false;
    return this.#look(folder) !== undefined;
  }

  /** Tried before it is looked for: most folders of a run are new. */
  #make(folder: string): string {
    try {
      this.#disk.mkdirSync(folder, { recursive: folder === this.#root });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw diskFault('write', folder, error);
      }
    }
    const made = this.#look(folder);
    if (made !== undefined) return made;
    throw new Fault('DP8001', `"${folder}" was removed while results were written to it`);
  }

  /** Tells one folder from another; undefined when nothing is there. */
  #look(folder: string): string | undefined {
    try {
      const stats = this.#disk.lstatSync(folder, { throwIfNoEntry: false });
      if (stats === undefined) return undefined;
      if (stats.isDirectory()) return `${stats.dev}:${stats.ino}`;
      throw inTheWay(folder, stats.isSymbolicLink());
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw diskFault('read', folder, error);
    }
  }
}

/** Enough for the tasks of the runs at hand; a daemon lives long and sees many. */
const MOST_KNOWN = 10_000;

function inTheWay(path: string, isLink: boolean): Fault {
  return isLink
    ? new Fault(
        'DP8001',
        `"${path}" is a symbolic link, and results are never written through one`,
        {
          hint: [
            'remove the link',
            { do: 'chooseStateFolder', folder: 'the folder that it leads to' },
          ],
        },
      )
    : new Fault('DP8001', `"${path}" is not a folder`, { hint: 'move it away' });
}
