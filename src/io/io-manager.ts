/**
 * Results: values come in under an address, references go out, and values come back for them.
 * It never interprets a value, never runs what it reads, and never shows a part of one.
 */
import type { Digest, RunId, TaskName } from '../model/ids.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';
import type { LiveReader, LiveWriter } from './live-stream.ts';

export interface IoManager {
  /** Stages the value, then renames it. Throws DP7001 naming the path inside a value that cannot be kept, DP7003 for an unsafe name. */
  save(at: ResultAddress, value: unknown): Promise<Saved>;
  /**
   * Stores items as they arrive; many share a file. Throws what the producer throws, the signal's reason, or DP7001;
   * the stream is then absent.
   */
  saveStream(
    at: ResultAddress,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: StreamOptions,
  ): Promise<Saved>;
  /** Returns the number of items in the intact parts that a broken-off stream left under `at`, up to the first damaged part. */
  beginningOf(at: ResultAddress): Promise<number>;
  /** Throws DP7002 when the result is absent, torn or altered. A stream loads as an AsyncIterable, a list as an array. */
  load(ref: ResultRef): Promise<unknown>;
  /** Iterates over a stream, or over the items of a list. Can be iterated repeatedly. Throws DP7002 on reaching a damaged part. */
  loadStream(ref: ResultRef): AsyncIterable<unknown>;
  /**
   * Iterates over a stream that another thread is still storing under `at`: each item as soon as it is there, and repeatedly if asked.
   * Throws DP7005 when the stream breaks off, DP7002 like `loadStream`.
   */
  loadLive(at: ResultAddress, reader: LiveReader): AsyncIterable<unknown>;
  /** Loads item `n`, from 0, of a stream, without loading the others. Throws DP7002 when there is none. */
  loadItem(ref: ResultRef, n: number): Promise<unknown>;
  /** Returns the reference of what is stored under the address now, its payload unread; undefined when nothing is. */
  find(at: ResultAddress): Promise<StoredRef | undefined>;
  /** Removes what is stored under the address in another form than `form`; undefined: in any. */
  keepOnly(at: ResultAddress, form: StoredRef['is'] | undefined): Promise<void>;
  /** Returns true when the result exists, complete and with a valid checksum. */
  has(ref: ResultRef): Promise<boolean>;
  /** Lists results without payloads. */
  list(run: RunId, task?: TaskName): AsyncIterable<StoredResult>;
  /** Removes every result of the run, or of one task in it. Returns how many there were. */
  clear(run: RunId, task?: TaskName): Promise<number>;
  /** Settles when everything saved for the run, or for one task in it, has reached the disk, files and folders. */
  flush(run: RunId, task?: TaskName): Promise<void>;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Receives the number of items stored so far, each time it rises. */
  readonly onStored?: (items: number) => void;
  /** Connection to concurrent readers: they see what is stored, and hold the producer back. */
  readonly live?: LiveWriter;
  /** Yielded items are stored soon, so that a later stream can continue after them; on the producer's own failure all are kept. */
  readonly isResumable?: boolean;
  /** The stream begins with the items that `beginningOf` found there. Throws DP7002 when they no longer exist. */
  readonly goesOn?: { readonly from: ResultAddress; readonly items: number };
}

/** A reference to something that has an address. */
export type StoredRef = Exclude<ResultRef, { is: 'void' | 'list' }>;

export interface Saved {
  readonly ref: ResultRef;
  /** The stored form of the value, when it has at most 16 KiB, so that it can be sent with the reference; `decodeInline` reads it. */
  readonly inline?: Uint8Array;
}

export interface StoredResult {
  readonly ref: StoredRef;
  readonly task: TaskName;
  readonly id: string;
  readonly bytes: number;
  readonly digest: Digest;
}
