/**
 * The folders of the runs, seen from outside: what lies there, how much, and the way out. `<root>/runs/<run>` holds
 * results and logs; what is to go is renamed into `<root>/removed` at once and deleted at leisure, so that nobody
 * ever meets half a run, and what a killed process left to delete is found again.
 */
import { dirname, join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isRunId, isTaskName, type RunId, type TaskName } from '../model/ids.ts';
import { resultName, resultOf, taskPath } from './addresses.ts';
import { isStaged } from '../lib/whole-file.ts';
import { type Disk, diskFault, entriesOf, isAbsent, nodeDisk, remove } from './disk.ts';
import { Folders } from './folders.ts';
import type { StreamRef, ValueRef } from './stored-value.ts';

export interface Extent {
  readonly results: number;
  /** Of all files: results and logs. */
  readonly bytes: number;
}

/** Something in the state folder that is neither a plain file nor a plain folder of this user's. */
export interface Oddity {
  readonly path: string;
  readonly is: 'link' | 'special' | 'unreadable';
}

export class RunFolders {
  readonly #root: string;
  readonly #runs: string;
  readonly #removed: string;
  readonly #incoming: string;
  readonly #disk: Disk;
  readonly #folders: Folders;

  constructor(root: string, disk: Disk = nodeDisk) {
    this.#root = root;
    this.#runs = join(root, 'runs');
    this.#removed = join(root, 'removed');
    this.#incoming = join(root, 'incoming');
    this.#disk = disk;
    this.#folders = new Folders(root, disk);
  }

  /** Runs that have a folder, on record or not. */
  runs(): RunId[] {
    return entriesOf(this.#disk, this.#runs)
      .filter((entry) => entry.isDirectory() && isRunId(entry.name))
      .map((entry) => entry.name);
  }

  /** Of the run's folder, or of one task's results in it. */
  extent(run: RunId, task?: TaskName): Extent {
    const folder = join(this.#runs, run);
    return this.#extentOf(task === undefined ? folder : join(folder, 'results', task));
  }

  /** Tasks that have results in the run. */
  tasks(run: RunId): TaskName[] {
    return entriesOf(this.#disk, join(this.#runs, run, 'results'))
      .map((entry) => entry.name)
      .filter(isTaskName);
  }

  /** Results and logs of the run, as paths below the state folder, with `/`. */
  *files(run: RunId): Generator<{ readonly path: string; readonly bytes: number }> {
    for (const { path, name } of this.#files(join(this.#runs, run)))
      if (!isStaged(name)) yield this.#sized(path);
  }

  /** The files of one stored result, as `files` gives them. */
  *filesOf(
    ref: ValueRef | StreamRef,
  ): Generator<{ readonly path: string; readonly bytes: number }> {
    const path = join(taskPath(this.#runs, ref.run, ref.task), resultName(ref.id, ref.is));
    if (ref.is === 'stream') for (const part of this.#files(path)) yield this.#sized(part.path);
    else if (this.#disk.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true)
      yield this.#sized(path);
  }

  /** A folder to gather a run in, apart from all others; whoever asked discards it. */
  stage(newcomer: string): string {
    const folder = join(this.#incoming, newcomer);
    this.#folders.ready(folder);
    return folder;
  }

  /** Who gathers runs, as they called themselves. */
  newcomers(): string[] {
    return entriesOf(this.#disk, this.#incoming).map((entry) => entry.name);
  }

  discardNewcomer(name: string): void {
    this.discard(join(this.#incoming, name));
  }

  /** Moves the runs' files below `staged`, laid out as in the state folder, into place; what is there already stays. */
  place(staged: string): void {
    for (const { path } of this.#files(join(staged, 'runs'))) {
      const target = join(this.#root, relative(staged, path));
      if (this.#disk.lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
      this.#folders.ready(dirname(target));
      try {
        this.#disk.renameSync(path, target);
      } catch (error) {
        throw diskFault('write', target, error);
      }
    }
  }

  /** Out of sight of every reader, in one step; `sweep` deletes it. */
  setAside(run: RunId): void {
    this.#setAside(join(this.#runs, run), run);
  }

  setResultsAside(run: RunId, task: TaskName): void {
    this.#setAside(join(this.#runs, run, 'results', task), `${run}-${task}`);
  }

  setLogsAside(run: RunId): void {
    this.#setAside(join(this.#runs, run, 'logs'), `${run}-logs`);
  }

  /** Deletes what was set aside, by whomever. */
  async sweep(): Promise<void> {
    for (const { name } of entriesOf(this.#disk, this.#removed)) {
      remove(this.#disk, join(this.#removed, name));
      await setImmediate(); // Many take a while; others in this thread have their turn.
    }
  }

  /** How much was set aside and is not deleted yet. */
  leftovers(): number {
    return entriesOf(this.#disk, this.#removed).length;
  }

  /** Files of the run that were being written; strays unless a process is writing them. */
  staged(run: RunId): string[] {
    return [...this.#files(join(this.#runs, run))]
      .filter(({ name }) => isStaged(name))
      .map(({ path }) => path);
  }

  discard(path: string): void {
    remove(this.#disk, path);
  }

  /** Everything below the state folder that does not belong there by its kind. */
  *oddities(): Generator<Oddity> {
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
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isSymbolicLink()) yield { path, is: 'link' };
        else if (!entry.isFile()) yield { path, is: 'special' };
      }
    }
  }

  #sized(path: string): { path: string; bytes: number } {
    const bytes = this.#disk.lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return { path: relative(this.#root, path).replaceAll('\\', '/'), bytes };
  }

  #setAside(path: string, name: string): void {
    const target = join(this.#removed, name);
    try {
      this.#disk.mkdirSync(this.#removed, { recursive: true });
      remove(this.#disk, target); // of a removal that was cut short, under the same name
      this.#disk.renameSync(path, target);
    } catch (error) {
      if (!isAbsent(error)) throw diskFault('remove', path, error); // Another removal was here first.
    }
  }

  #extentOf(folder: string): Extent {
    let results = 0;
    let bytes = 0;
    for (const { path, name, inside } of this.#files(folder)) {
      bytes += this.#disk.lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
      // A stream is a folder with an index in it; every other result is a file.
      if (resultOf(name) !== undefined) results++;
      else if (name === 'index' && resultOf(inside)?.is === 'stream') results++;
    }
    return { results, bytes };
  }

  /** Plain files at any depth; symbolic links are not followed. `inside` is the name of the folder. */
  *#files(root: string): Generator<{ path: string; name: string; inside: string }> {
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
