/** Power cuts: the state lies on an image of a file system, and the image is what it is at one moment. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const IMAGE_SIZE = '48M';

/** A small ext4 file system in a file, mounted. */
export class Image implements Disposable {
  readonly mounted: string;
  readonly #file: string;

  /** Made anew, or one that was left by a power cut. */
  constructor(folder: string, from?: string) {
    this.mounted = join(folder, from === undefined ? 'before' : 'after');
    this.#file = from ?? join(folder, 'disk.img');
    mkdirSync(this.mounted, { recursive: true });
    if (from === undefined) {
      sh('truncate', '-s', IMAGE_SIZE, this.#file);
      sh('mkfs.ext4', '-q', '-F', this.#file);
    } else {
      // Mounting would do the same: the journal is gone through.
      sh('fsck.ext4', '-p', this.#file);
    }
    sh('mount', '-o', 'loop', this.#file, this.mounted);
  }

  /** What the disk holds now: nothing that the system still keeps in memory. */
  cut(): string {
    const copy = `${this.#file}.cut`;
    sh('cp', '--sparse=always', this.#file, copy);
    return copy;
  }

  [Symbol.dispose](): void {
    sh('umount', this.mounted);
  }
}

/** False where the user may not mount. */
export function canMount(folder: string): boolean {
  try {
    new Image(folder)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

/** fsck ends with 1 when it has mended what a power cut leaves. */
function sh(program: string, ...words: readonly string[]): void {
  try {
    execFileSync(program, words, { stdio: 'pipe' });
  } catch (error) {
    const { status } = error as { status?: number };
    if (program !== 'fsck.ext4' || status !== 1) throw error;
  }
}
