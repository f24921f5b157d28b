/** Makes the folders that results are written to, and sees that none that is written to or read from leads elsewhere. */
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../model/fault.ts';
import { PRIVATE_FOLDER } from '../lib/private-mode.ts';
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
    this.#remember(folder, this.#make(folder));
  }

  /** False when `folder` is not there. Makes nothing; throws like `ready`. */
  exists(folder: string): boolean {
    if (folder !== this.#root && !this.exists(dirname(folder))) return false;
    return this.#look(folder) !== undefined;
  }

  /**
   * Whether anything from the root down to `folder` is a symbolic link; what is absent is none. A folder that was found to
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

  /** Tried before it is looked for: most folders of a run are new. */
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

  /** Tells one folder from another; undefined when nothing is there. */
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
