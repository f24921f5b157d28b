/**
 * Results: values come in under an address, references go out, and values come back for them.
 * It never interprets a value, never runs what it reads, and never shows a part of one.
 */
import type { Digest, RunId, TaskName } from '../model/ids.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';

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
  /** Throws DP7002 when the result is absent, torn or altered. A stream loads as an AsyncIterable, a list as an array. */
  load(ref: ResultRef): Promise<unknown>;
  /** Of a stream, or of a list as its items. Can be gone through again. Throws DP7002 on reaching a damaged part. */
  loadStream(ref: ResultRef): AsyncIterable<unknown>;
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
