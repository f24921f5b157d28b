/** Folders in which imports unpack an archive, outside the folders that readers see. */
import { join } from 'node:path';
import { type Disk, entriesOf, nodeDisk, remove } from './disk.ts';
import { Folders } from './folders.ts';

export class Incoming {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #folders: Folders;

  constructor(root: string, disk: Disk = nodeDisk) {
    this.#folder = join(root, 'incoming');
    this.#disk = disk;
    this.#folders = new Folders(root, disk);
  }

  /** Returns the path of a new folder; the caller discards it. */
  make(name: string): string {
    const folder = join(this.#folder, name);
    this.#folders.ready(folder);
    return folder;
  }

  names(): string[] {
    return entriesOf(this.#disk, this.#folder).map((entry) => entry.name);
  }

  discard(name: string): void {
    remove(this.#disk, join(this.#folder, name));
  }
}
