/**
 * Results: values come in under an address, references go out, and values come back for them.
 * It never interprets a value, never runs what it reads, and never shows a part of one.
 */
import type { Digest, RunId, TaskName } from '../model/ids.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';

export interface IoManager {
  /** Staged, then renamed. Throws DP7001 naming the path inside a value that cannot be kept, DP7003 for an unsafe name. */
  save(at: ResultAddress, value: unknown): Promise<Saved>;
  /** Stores items as they come; many share a file. `onStored` hears the count of items that are safe. */
  saveStream(
    at: ResultAddress,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: { readonly signal?: AbortSignal; readonly onStored?: (items: number) => void },
  ): Promise<Saved>;
  /** Throws DP7002 when the result is absent, torn or altered. A stream loads as an AsyncIterable, a list as an array. */
  load(ref: ResultRef): Promise<unknown>;
  loadStream(ref: ResultRef): AsyncIterable<unknown>;
  /** True when it is there, whole, and its checksum holds. */
  has(ref: ResultRef): Promise<boolean>;
  /** Without payloads. */
  list(run: RunId, task?: TaskName): AsyncIterable<StoredResult>;
  /** Removes every result of the run, or of one task in it. */
  clear(run: RunId, task?: TaskName): Promise<void>;
  /** Everything saved for the run has reached the disk, files and folders, when this settles. */
  flush(run: RunId): Promise<void>;
}

export interface Saved {
  readonly ref: ResultRef;
  /** The encoded value when it is small (at most 16 KiB), so that it can ride along with the reference. */
  readonly inline?: Uint8Array;
}

export interface StoredResult {
  readonly task: TaskName;
  readonly id: string;
  readonly bytes: number;
  readonly digest: Digest;
}
