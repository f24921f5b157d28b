/**
 * Results: values come in under an address, references go out, and values come back for them.
 * It never interprets a value, never runs what it reads, and never shows a part of one.
 */
import type { Digest, RunId, TaskName } from '../model/ids.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';
import type { LiveReader, LiveWriter } from './live-stream.ts';

export interface IoManager {
  /** Staged, then renamed. Throws DP7001 naming the path inside a value that cannot be kept, DP7003 for an unsafe name. */
  save(at: ResultAddress, value: unknown): Promise<Saved>;
  /**
   * Stores items as they come; many share a file. Throws what the producer throws, the signal's reason, or DP7001;
   * the stream is then absent.
   */
  saveStream(
    at: ResultAddress,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: StreamOptions,
  ): Promise<Saved>;
  /** Items in the whole parts that a stream left under `at` when it broke off: none of those behind a damaged one. */
  beginningOf(at: ResultAddress): Promise<number>;
  /** Throws DP7002 when the result is absent, torn or altered. A stream loads as an AsyncIterable, a list as an array. */
  load(ref: ResultRef): Promise<unknown>;
  /** Of a stream, or of a list as its items. Can be gone through again. Throws DP7002 on reaching a damaged part. */
  loadStream(ref: ResultRef): AsyncIterable<unknown>;
  /**
   * Of a stream that another thread is still storing under `at`: each item as soon as it is there. Can be gone through again.
   * Throws DP7005 when the stream breaks off, DP7002 like `loadStream`.
   */
  loadLive(at: ResultAddress, reader: LiveReader): AsyncIterable<unknown>;
  /** Item `n`, from 0, of a stream, without loading the others. Throws DP7002 when there is none. */
  loadItem(ref: ResultRef, n: number): Promise<unknown>;
  /** True when it is there, whole, and its checksum holds. */
  has(ref: ResultRef): Promise<boolean>;
  /** Without payloads. */
  list(run: RunId, task?: TaskName): AsyncIterable<StoredResult>;
  /** Removes every result of the run, or of one task in it. */
  clear(run: RunId, task?: TaskName): Promise<void>;
  /** Everything saved for the run, or for one task in it, has reached the disk, files and folders, when this settles. */
  flush(run: RunId, task?: TaskName): Promise<void>;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Hears how many items are stored so far, each time more are. */
  readonly onStored?: (items: number) => void;
  /** Whoever reads along: sees what is there, and holds the producer back. */
  readonly live?: LiveWriter;
  /** What is yielded is stored soon, so that a later stream can go on behind it; an own failure keeps all of it. */
  readonly isResumable?: boolean;
  /** The stream begins with the items that `beginningOf` found there. Throws DP7002 when they are not there any more. */
  readonly goesOn?: { readonly from: ResultAddress; readonly items: number };
}

export interface Saved {
  readonly ref: ResultRef;
  /** The value as it is stored, when that is at most 16 KiB, so that it can ride along with the reference; `decodeInline` reads it. */
  readonly inline?: Uint8Array;
}

export interface StoredResult {
  readonly task: TaskName;
  readonly id: string;
  readonly bytes: number;
  readonly digest: Digest;
}
