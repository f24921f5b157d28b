/** Creates the folders for results, and checks that no folder used for writing or reading is a symbolic link. */
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../model/fault.ts';
import { PRIVATE_FOLDER } from '../lib/private-mode.ts';
import { type Disk, diskFault, isAbsent } from './disk.ts';

export class Folders {
  readonly #root: string;
  readonly #disk: Disk;
  /** Device and inode number of each folder that was found to be in place. */
  readonly #known = new Map<string, string>();

  constructor(root: string, disk: Disk) {
    this.#root = root;
    this.#disk = disk;
  }

  /**
   * Ensures that `folder`, at or below the root, exists, and that nothing from the root down is a symbolic link.
   * A known folder costs one look: as long as its path leads to the same inode, so does every folder above it.
   * Throws DP8001 for a link or a file in the way, DP8002 when the disk refuses.
   */
  ready(folder: string): void {
    const known = this.#known.get(folder);
    if (known !== undefined && this.#look(folder) === known) return;
    if (folder !== this.#root) this.ready(dirname(folder));
    this.#remember(folder, this.#make(folder));
  }

  /** Returns false when `folder` is absent. Creates nothing; throws like `ready`. */
  exists(folder: string): boolean {
    if (folder !== this.#root && !this.exists(dirname(folder))) return false;
    return this.#look(folder) !== undefined;
  }

  /**
   * Returns whether anything from the root down to `folder` is a symbolic link; an absent folder is not. A folder that was found to
   * be in place before costs one look, as with `ready`. Throws DP8002 when the disk refuses.
   */
  isLinked(folder: string): boolean {
    const stats = this.#statsOf(folder);
    if (stats?.isSymbolicLink() === true) return true;
    const found = stats?.isDirectory() === true ? identityOf(stats) : undefined;
    if (found !== undefined && found === this.#known.get(folder)) return false;
    if (folder !== this.#root && this.isLinked(dirname(folder))) return true;
    if (found !== undefined) this.#remember(folder, found);
    return false;
  }

  #remember(folder: string, found: string): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(folder, found);
  }

  /** Creates the folder without looking for it first: most folders of a run are new. */
  #make(folder: string): string {
    try {
      const recursive = folder === this.#root;
      this.#disk.mkdirSync(folder, { recursive, mode: PRIVATE_FOLDER });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw diskFault('write', folder, error);
      }
    }
    const made = this.#look(folder);
    if (made !== undefined) return made;
    throw new Fault('DP8001', `"${folder}" was removed while results were written to it`);
  }

  /** Returns the identity of a folder; undefined when nothing is there. */
  #look(folder: string): string | undefined {
    const stats = this.#statsOf(folder);
    if (stats === undefined) return undefined;
    if (stats.isDirectory()) return identityOf(stats);
    throw inTheWay(folder, stats.isSymbolicLink());
  }

  #statsOf(path: string): Stats | undefined {
    try {
      return this.#disk.lstatSync(path, { throwIfNoEntry: false });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw diskFault('read', path, error);
    }
  }
}

const identityOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/** Enough for the tasks of current runs; it bounds the memory of a long-lived daemon. */
const MOST_KNOWN = 10_000;

function inTheWay(path: string, isLink: boolean): Fault {
  return isLink
    ? new Fault('DP8001', `"${path}" is a symbolic link, and nothing is written through one`, {
        hint: [
          'remove the link',
          { do: 'chooseStateFolder', folder: 'the folder that it leads to' },
        ],
      })
    : new Fault('DP8001', `"${path}" is not a folder`, { hint: 'move it away' });
}
