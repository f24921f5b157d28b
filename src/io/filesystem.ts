/**
 * Results on the filesystem: `<root>/runs/<run>/results/<task>/<id>.val`, `.bin`, `.txt`, or a folder `<id>.stream`.
 * Every file is sealed (`seal.ts`) and written atomically. The store never leaves the root and never follows a link.
 */
import { dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Fault } from '../model/fault.ts';
import { isTaskName, type RunId, type TaskName } from '../model/ids.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';
import {
  checkAddress,
  resultName,
  resultOf,
  resultsPath,
  STORED_FORMS,
  taskPath,
} from './addresses.ts';
import { discard, type Disk, entriesOf, nodeDisk, readWhole, remove, writeWhole } from './disk.ts';
import { flushTree } from './flush.ts';
import { Folders } from './folders.ts';
import type { IoManager, Saved, StoredRef, StoredResult, StreamOptions } from './io-manager.ts';
import type { LiveReader } from './live-stream.ts';
import { altered } from './seal.ts';
import { readLine, verify } from './sealed-file.ts';
import {
  expectSame,
  INLINE_LIMIT,
  nameOf,
  openValue,
  sealValue,
  type StreamRef,
  type ValueRef,
} from './stored-value.ts';
import {
  itemsInParts,
  readIndex,
  readItem,
  readItems,
  readLive,
  verifyParts,
  writeStream,
} from './stream.ts';
import type { Get, StreamIndex } from './stream-parts.ts';

export interface FilesystemIoOptions {
  /** The state folder; created when first needed. */
  readonly root: string;
  readonly disk?: Disk;
}

export function createFilesystemIo({ root, disk = nodeDisk }: FilesystemIoOptions): IoManager {
  return new FilesystemIo(resolve(root), disk);
}

class FilesystemIo implements IoManager {
  readonly #root: string;
  readonly #runs: string;
  readonly #disk: Disk;
  readonly #folders: Folders;

  constructor(root: string, disk: Disk) {
    this.#root = root;
    this.#runs = join(root, 'runs');
    this.#disk = disk;
    this.#folders = new Folders(root, disk);
  }

  async save(at: ResultAddress, value: unknown): Promise<Saved> {
    checkAddress(at);
    if (value === undefined) return { ref: { is: 'void' } };
    const { ref, sealed } = sealValue(at, value);
    const folder = taskPath(this.#runs, at.run, at.task);
    this.#folders.ready(folder);
    writeWhole(this.#disk, { folder, name: resultName(at.id, ref.is) }, sealed);
    return sealed.length > INLINE_LIMIT ? { ref } : { ref, inline: sealed };
  }

  async saveStream(
    at: ResultAddress,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: StreamOptions,
  ): Promise<Saved> {
    checkAddress(at);
    const folder = this.#pathOf({ ...at, is: 'stream' });
    this.#folders.ready(dirname(folder));
    remove(this.#disk, folder); // Parts of an earlier stream must not be taken for parts of this one.
    const put = (name: string, sealed: Buffer): void => this.#putPart({ folder, name }, sealed);
    const beginning = options?.goesOn && {
      get: this.#partsOf(options.goesOn.from),
      items: options.goesOn.items,
      name: nameOf(options.goesOn.from),
    };
    const { parts: _, ...written } = await writeStream(items, put, { ...options, beginning });
    return { ref: { is: 'stream', run: at.run, task: at.task, id: at.id, ...written } };
  }

  async beginningOf(at: ResultAddress): Promise<number> {
    checkAddress(at);
    return itemsInParts(this.#partsOf(at), nameOf(at));
  }

  async load(ref: ResultRef): Promise<unknown> {
    if (ref.is !== 'list') return this.#loadOne(ref);
    const values: unknown[] = [];
    const lists = [{ items: ref.items, values }];
    for (const list of lists) {
      for (const item of list.items) {
        if (item.is === 'list') {
          const inner: unknown[] = [];
          list.values.push(inner);
          lists.push({ items: item.items, values: inner });
        } else list.values.push(this.#loadOne(item));
      }
    }
    return values;
  }

  loadStream(ref: ResultRef): AsyncIterable<unknown> {
    return { [Symbol.asyncIterator]: () => this.#items(ref) };
  }

  loadLive(at: ResultAddress, reader: LiveReader): AsyncIterable<unknown> {
    checkAddress(at);
    const parts = this.#partsOf(at);
    return { [Symbol.asyncIterator]: () => readLive(reader, parts, nameOf(at)) };
  }

  async loadItem(ref: ResultRef, n: number): Promise<unknown> {
    if (ref.is !== 'stream') throw notStream(ref);
    return readItem(this.#index(ref), n, this.#partsOf(ref), nameOf(ref));
  }

  async has(ref: ResultRef): Promise<boolean> {
    const left: ResultRef[] = [ref];
    for (const next of left) {
      if (next.is === 'list') for (const item of next.items) left.push(item);
      else if (!isThere(() => this.#verify(next))) return false;
    }
    return true;
  }

  async *list(run: RunId, task?: TaskName): AsyncGenerator<StoredResult> {
    const results = resultsPath(this.#runs, run);
    const tasks = task === undefined ? namesIn(this.#disk, results).filter(isTaskName) : [task];
    for (const name of tasks) yield* this.#listTask(run, name);
  }

  async find(at: ResultAddress): Promise<StoredRef | undefined> {
    checkAddress(at);
    for (const is of STORED_FORMS) {
      const ref = orAbsent(() => this.#refOf(at, is));
      if (ref !== undefined) return ref;
    }
    return undefined;
  }

  async keepOnly(at: ResultAddress, form: StoredRef['is'] | undefined): Promise<void> {
    checkAddress(at);
    const others = STORED_FORMS.filter((is) => is !== form);
    for (const is of others) remove(this.#disk, this.#pathToRead({ ...at, is }));
  }

  async clear(run: RunId, task?: TaskName): Promise<number> {
    const folder = this.#folderOf(run, task);
    if (!this.#folders.exists(folder)) return 0;
    let cleared = 0;
    for (const entry of entriesOf(this.#disk, folder)) {
      const path = join(folder, entry.name);
      const ofTask = task === undefined && entry.isDirectory();
      const names = ofTask ? namesIn(this.#disk, path) : [entry.name];
      cleared += names.filter(resultOf).length;
      remove(this.#disk, path);
      await setImmediate(); // Many checks take a while; other work in this thread gets its turn.
    }
    remove(this.#disk, folder);
    return cleared;
  }

  async flush(run: RunId, task?: TaskName): Promise<void> {
    const folder = this.#folderOf(run, task);
    const above: string[] = [];
    for (let path = folder; path !== this.#root;) above.push((path = dirname(path)));
    // The root may be as new as its content.
    await flushTree(this.#disk, folder, [...above, dirname(this.#root)]);
  }

  #loadOne(ref: Exclude<ResultRef, { is: 'list' }>): unknown {
    if (ref.is === 'void') return undefined;
    if (ref.is === 'stream') {
      this.#index(ref);
      return this.loadStream(ref);
    }
    const sealed = readWhole(this.#disk, this.#pathToRead(ref));
    if (sealed === undefined) throw altered(nameOf(ref), 'is not there');
    return openValue(ref, sealed);
  }

  async *#items(ref: ResultRef): AsyncGenerator {
    if (ref.is === 'list') {
      for (const item of ref.items) yield await this.load(item);
    } else if (ref.is === 'stream') {
      // `yield*` would create one more promise for each item.
      for (const item of readItems(this.#index(ref), this.#partsOf(ref), nameOf(ref))) yield item;
    } else throw notStream(ref);
  }

  /** Throws DP7002 unless the result is intact. */
  #verify(ref: Exclude<ResultRef, { is: 'list' }>): void {
    if (ref.is === 'void') return;
    if (ref.is === 'stream') {
      verifyParts(this.#index(ref), this.#partsOf(ref), nameOf(ref));
    } else expectSame(ref, verify(this.#disk, this.#pathToRead(ref), nameOf(ref)));
  }

  *#listTask(run: RunId, task: TaskName): Generator<StoredResult> {
    const folder = taskPath(this.#runs, run, task);
    if (this.#folders.isLinked(folder)) return;
    for (const name of namesIn(this.#disk, folder)) {
      const found = resultOf(name);
      if (found === undefined) continue;
      const at = { run, task, id: found.id };
      const ref = orAbsent(() => this.#refOf(at, found.is));
      if (ref !== undefined) yield { ref, task, id: at.id, bytes: ref.bytes, digest: ref.digest };
    }
  }

  /** Throws DP7002 when nothing is stored under the address in this form. */
  #refOf({ run, task, id }: ResultAddress, is: StoredRef['is']): StoredRef {
    const at = { run, task, id };
    if (is === 'stream') {
      const { items, bytes, digest } = readIndex(this.#partsOf(at), nameOf(at));
      return { is, ...at, items, bytes, digest };
    }
    const { length, digest } = readLine(this.#disk, this.#pathToRead({ ...at, is }), nameOf(at));
    return { is, ...at, bytes: length, digest };
  }

  #index(ref: StreamRef): StreamIndex {
    const index = readIndex(this.#partsOf(ref), nameOf(ref));
    if (index.digest !== ref.digest) throw altered(nameOf(ref), 'is not the one that was recorded');
    return index;
  }

  #partsOf(at: ResultAddress): Get {
    const folder = this.#pathToRead({ ...at, is: 'stream' });
    return (name) => readWhole(this.#disk, join(folder, name));
  }

  #putPart(path: { folder: string; name: string }, sealed: Buffer): void {
    this.#folders.ready(path.folder);
    try {
      writeWhole(this.#disk, path, sealed);
    } catch (error) {
      discard(this.#disk, path.folder); // On a full disk the other parts would leave no room to record the failure.
      throw error;
    }
  }

  #pathOf(ref: ResultAddress & { readonly is: (ValueRef | StreamRef)['is'] }): string {
    return join(taskPath(this.#runs, ref.run, ref.task), resultName(ref.id, ref.is));
  }

  /** Returns the path of a result. Throws DP7002 when a symbolic link is on the way. */
  #pathToRead(ref: ResultAddress & { readonly is: (ValueRef | StreamRef)['is'] }): string {
    const path = this.#pathOf(ref);
    const folder = ref.is === 'stream' ? path : dirname(path);
    if (!this.#folders.isLinked(folder)) return path;
    throw altered(nameOf(ref), 'lies behind a symbolic link, and nothing is read through one');
  }

  #folderOf(run: RunId, task: TaskName | undefined): string {
    return task === undefined ? resultsPath(this.#runs, run) : taskPath(this.#runs, run, task);
  }
}

function namesIn(disk: Disk, folder: string): string[] {
  return entriesOf(disk, folder).map((entry) => entry.name);
}

function isThere(look: () => void): boolean {
  return (
    orAbsent(() => {
      look();
      return true;
    }) ?? false
  );
}

/** Returns undefined for DP7002; a disk that refuses to read says nothing about its content, so that error is rethrown. */
function orAbsent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Fault && error.code === 'DP7002') return undefined;
    throw error;
  }
}

function notStream(ref: ResultRef): Fault {
  return new Fault('DP9001', `${nameOf(ref)} is no stream`);
}
