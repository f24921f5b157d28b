/**
 * Results for programs, which name them by address: one address, one result, whatever its form.
 * Runs name results by references, which the port serves; this adds the results that are stored under an address now.
 */
import { Fault } from '../model/fault.ts';
import type { RunId, TaskName } from '../model/ids.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';
import type { IoManager, StoredResult, StreamOptions } from './io-manager.ts';
import type { StoredRuns } from './stored-runs.ts';

export interface AddressedIo {
  /**
   * Stores the value, whole or not at all, in place of what was under the address. `undefined` leaves nothing there: its reference is complete.
   * Throws DP7001 naming the path inside a value that cannot be kept, DP7003 for an unsafe name.
   */
  save(at: ResultAddress, value: unknown): Promise<ResultRef>;
  /** Stores items as they arrive. Throws what the producer throws, the signal's reason, or DP7001; the stream is then absent. */
  saveStream(
    at: ResultAddress,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: Pick<StreamOptions, 'signal'>,
  ): Promise<ResultRef>;
  /**
   * Loads the value that is stored under an address now, or exactly that of a reference. A stream loads as an AsyncIterable.
   * Throws DP7002 when it is absent or altered.
   */
  load<T = unknown>(of: ResultAddress | ResultRef): Promise<T>;
  /** Iterates over the items of a stream, repeatedly if asked. Throws DP7002 on reaching a damaged part. */
  loadStream<T = unknown>(of: ResultAddress | ResultRef): AsyncIterable<T>;
  /** Returns true when it is there, complete and with a valid checksum. */
  has(of: ResultAddress | ResultRef): Promise<boolean>;
  /** Lists the results of a run, or of one task in it, without payloads. */
  list(run: RunId, task?: TaskName): AsyncIterable<StoredResult>;
  /** Lists the runs that have results. */
  runs(): AsyncIterable<RunId>;
  /** Removes every result of the run, or of one task in it. Returns how many there were. */
  clear(run: RunId, task?: TaskName): Promise<number>;
  /** Settles when everything saved for the run has reached the disk, and survives a power cut. */
  flush(run: RunId): Promise<void>;
}

/** An opened store of results: the port, and the runs that have stored something. */
export interface OpenedResults {
  readonly port: IoManager;
  readonly stored: Pick<StoredRuns, 'runs'>;
}

/** `open` is called once, when the store is first used. */
export function addressedIo(open: () => Promise<OpenedResults>): AddressedIo {
  let opened: Promise<OpenedResults> | undefined;
  return new AddressedResults(() => (opened ??= open()));
}

class AddressedResults implements AddressedIo {
  readonly #open: () => Promise<OpenedResults>;

  constructor(open: () => Promise<OpenedResults>) {
    this.#open = open;
  }

  async save(at: ResultAddress, value: unknown): Promise<ResultRef> {
    const { port } = await this.#open();
    const { ref } = await port.save(at, value);
    await port.keepOnly(at, formOf(ref));
    return ref;
  }

  async saveStream(
    at: ResultAddress,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: Pick<StreamOptions, 'signal'>,
  ): Promise<ResultRef> {
    const { port } = await this.#open();
    const { ref } = await port.saveStream(at, items, options);
    await port.keepOnly(at, 'stream');
    return ref;
  }

  async load<T>(of: ResultAddress | ResultRef): Promise<T> {
    const { port } = await this.#open();
    // The caller says what it stored; nothing here can know.
    return (await (isRef(of) ? port.load(of) : latest(port, of, (ref) => port.load(ref)))) as T;
  }

  async *loadStream<T>(of: ResultAddress | ResultRef): AsyncGenerator<T> {
    const { port } = await this.#open();
    const ref = isRef(of) ? of : await found(port, of);
    // The caller says what it stored; nothing here can know.
    yield* port.loadStream(ref) as AsyncIterable<T>;
  }

  async has(of: ResultAddress | ResultRef): Promise<boolean> {
    const { port } = await this.#open();
    const ref = isRef(of) ? of : await port.find(of);
    return ref !== undefined && (await port.has(ref));
  }

  async *list(run: RunId, task?: TaskName): AsyncGenerator<StoredResult> {
    const { port } = await this.#open();
    yield* port.list(run, task);
  }

  async *runs(): AsyncGenerator<RunId> {
    const { port, stored } = await this.#open();
    for await (const run of stored.runs())
      for await (const _ of port.list(run)) {
        yield run;
        break;
      }
  }

  async clear(run: RunId, task?: TaskName): Promise<number> {
    const { port } = await this.#open();
    return port.clear(run, task);
  }

  async flush(run: RunId): Promise<void> {
    const { port } = await this.#open();
    await port.flush(run);
  }
}

/** Reads what is under the address now, again when it is replaced in between. */
async function latest<T>(
  port: IoManager,
  at: ResultAddress,
  read: (ref: ResultRef) => Promise<T>,
): Promise<T> {
  for (let ref = await found(port, at); ;) {
    try {
      return await read(ref);
    } catch (error) {
      const now = await port.find(at);
      if (now === undefined || now.digest === ref.digest) throw error;
      ref = now;
    }
  }
}

async function found(port: IoManager, at: ResultAddress) {
  const ref = await port.find(at);
  if (ref !== undefined) return ref;
  throw new Fault('DP7002', `there is no result "${at.task}/${at.id}" of run ${at.run}`);
}

const isRef = (of: ResultAddress | ResultRef): of is ResultRef => 'is' in of;

const formOf = (ref: ResultRef) => (ref.is === 'void' || ref.is === 'list' ? undefined : ref.is);
