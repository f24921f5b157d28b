/**
 * Stored runs on the filesystem: `<root>/runs/<run>` holds results and logs. Removal renames files into `<root>/removed` at once
 * and deletes them later, so that no reader meets half a run, and what a killed process left to delete is found again.
 */
import { createReadStream } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isRunId, isTaskName, type RunId, type TaskName } from '../model/ids.ts';
import { resultName, resultOf, taskPath } from './addresses.ts';
import { PRIVATE_FOLDER } from '../lib/private-mode.ts';
import { isStaged } from '../lib/whole-file.ts';
import { type Disk, diskFault, entriesOf, isAbsent, nodeDisk, remove } from './disk.ts';
import { Folders } from './folders.ts';
import { flushTree } from './flush.ts';
import type { Extent, Oddity, StoredFile, StoredRuns } from './stored-runs.ts';
import type { StreamRef, ValueRef } from './stored-value.ts';

export class RunFolders implements StoredRuns {
  readonly #root: string;
  readonly #runs: string;
  readonly #removed: string;
  readonly #disk: Disk;
  readonly #folders: Folders;

  constructor(root: string, disk: Disk = nodeDisk) {
    this.#root = root;
    this.#runs = join(root, 'runs');
    this.#removed = join(root, 'removed');
    this.#disk = disk;
    this.#folders = new Folders(root, disk);
  }

  async *runs(): AsyncGenerator<RunId> {
    if (this.#folders.isLinked(this.#runs)) return;
    for (const entry of entriesOf(this.#disk, this.#runs))
      if (entry.isDirectory() && isRunId(entry.name)) yield entry.name;
  }

  async extent(run: RunId, task?: TaskName): Promise<Extent> {
    let results = 0;
    let bytes = 0;
    const folder = join(this.#runs, run);
    const chosen = task === undefined ? folder : join(folder, 'results', task);
    for (const file of this.#filesInPlace(chosen)) {
      bytes += this.#sizeOf(file.path) ?? 0;
      if (isResult(file)) results++;
    }
    return { results, bytes };
  }

  async *files(run: RunId): AsyncGenerator<StoredFile> {
    for (const { path, name } of this.#filesInPlace(join(this.#runs, run)))
      if (!isStaged(name)) yield* this.#stored(path);
  }

  async *filesOf(ref: ValueRef | StreamRef): AsyncGenerator<StoredFile> {
    const path = join(taskPath(this.#runs, ref.run, ref.task), resultName(ref.id, ref.is));
    if (this.#folders.isLinked(ref.is === 'stream' ? path : dirname(path))) return;
    if (ref.is !== 'stream') yield* this.#stored(path);
    else for (const part of this.#files(path)) yield* this.#stored(part.path);
  }

  async place(folder: string, record: (act: () => void) => void): Promise<void> {
    const runs = entriesOf(this.#disk, join(folder, 'runs')).map((entry) => entry.name);
    await flushTree(this.#disk, join(folder, 'runs'), []);
    record(() => this.#moveHere(folder));
    for (const run of runs)
      await flushTree(this.#disk, join(this.#runs, run), [this.#runs, this.#root]);
  }

  async remove(
    run: RunId,
    mayGo: (act: (keep: ReadonlySet<TaskName>) => void) => boolean,
  ): Promise<void> {
    const folder = join(this.#runs, run);
    mayGo((keep) => {
      if (this.#folders.isLinked(this.#runs)) return;
      if (keep.size === 0) {
        this.#setAside(folder, run);
        return;
      }
      if (this.#folders.isLinked(join(folder, 'results'))) return;
      this.#setAside(join(folder, 'logs'), `${run}-logs`);
      for (const { name: task } of entriesOf(this.#disk, join(folder, 'results')))
        if (isTaskName(task) && !keep.has(task))
          this.#setAside(join(folder, 'results', task), `${run}-${task}`);
    });
  }

  async unfinished(run: RunId): Promise<number> {
    return this.#unfinished(run).length;
  }

  async removeUnfinished(run: RunId, mayGo: (act: () => void) => boolean): Promise<number> {
    const files = this.#unfinished(run);
    const act = (): void => files.forEach(({ path }) => remove(this.#disk, path));
    return files.length > 0 && mayGo(act) ? files.length : 0;
  }

  async leftovers(): Promise<number> {
    return entriesOf(this.#disk, this.#removed).length;
  }

  async sweep(): Promise<void> {
    for (const { name } of entriesOf(this.#disk, this.#removed)) {
      remove(this.#disk, join(this.#removed, name));
      await setImmediate(); // Many files take a while; other work in this thread gets its turn.
    }
  }

  async *oddities(): AsyncGenerator<Oddity> {
    for (const folders = [this.#root]; folders.length > 0;) {
      const folder = folders.pop() ?? '';
      let entries;
      try {
        entries = this.#disk.readdirSync(folder, { withFileTypes: true });
      } catch (error) {
        if (!isAbsent(error)) yield { path: folder, is: 'unreadable' };
        continue;
      }
      for (const entry of entries) {
        const path = join(folder, entry.name);
        if (folder === this.#runs && !isRunId(entry.name)) yield { path, is: 'foreign' };
        else if (entry.isDirectory()) folders.push(path);
        else if (entry.isSymbolicLink()) yield { path, is: 'link' };
        else if (!entry.isFile()) yield { path, is: 'special' };
      }
    }
  }

  #unfinished(run: RunId): readonly FoundFile[] {
    return [...this.#filesInPlace(join(this.#runs, run))].filter(({ name }) => isStaged(name));
  }

  /** Yields nothing when the file no longer exists. */
  *#stored(path: string): Generator<StoredFile> {
    const bytes = this.#sizeOf(path);
    if (bytes === undefined) return;
    yield {
      path: relative(this.#root, path).replaceAll('\\', '/'),
      bytes,
      read: () => createReadStream(path),
    };
  }

  /** Returns undefined when no plain file is there. */
  #sizeOf(path: string): number | undefined {
    const stats = this.#disk.lstatSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats.size : undefined;
  }

  #moveHere(folder: string): void {
    for (const { path } of this.#files(join(folder, 'runs'))) {
      const target = join(this.#root, relative(folder, path));
      if (this.#disk.lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
      this.#folders.ready(dirname(target));
      try {
        this.#disk.renameSync(path, target);
      } catch (error) {
        throw diskFault('write', target, error);
      }
    }
  }

  #setAside(path: string, name: string): void {
    const target = join(this.#removed, name);
    try {
      this.#disk.mkdirSync(this.#removed, { recursive: true, mode: PRIVATE_FOLDER });
      remove(this.#disk, target); // a removal that was interrupted may have left the same name
      this.#disk.renameSync(path, target);
    } catch (error) {
      if (!isAbsent(error)) throw diskFault('remove', path, error); // Another removal was faster.
    }
  }

  /** Works like `#files`, for a folder below the root; yields nothing where a symbolic link leads to it. */
  #filesInPlace(folder: string): Iterable<FoundFile> {
    return this.#folders.isLinked(folder) ? [] : this.#files(folder);
  }

  /** Yields plain files at any depth; symbolic links are not followed. */
  *#files(root: string): Generator<FoundFile> {
    const left = [{ folder: root, inside: '' }];
    for (const { folder, inside } of left) {
      for (const entry of entriesOf(this.#disk, folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) left.push({ folder: path, inside: entry.name });
        else if (entry.isFile()) yield { path, name: entry.name, inside };
      }
    }
  }
}

interface FoundFile {
  readonly path: string;
  readonly name: string;
  /** Name of the folder. */
  readonly inside: string;
}

/** Returns whether the file stands for a result: a stream is a folder with an index in it; every other result is a file. */
function isResult({ name, inside }: FoundFile): boolean {
  return resultOf(name) !== undefined || (name === 'index' && resultOf(inside)?.is === 'stream');
}
