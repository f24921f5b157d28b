/** Results of this run that later runs may reuse; they are recorded with the success of their task. */
import type { Clock } from '../../lib/clock.ts';
import type { Digest, RunId } from '../../model/ids.ts';
import type { KeptOutputs } from '../../model/kept-outputs.ts';
import type { InputNote, SeenRead } from '../../model/input-note.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import type { CacheEntry } from '../../store/run-store.ts';
import type { TaskFiles } from './ports.ts';

export interface ReusableParts {
  readonly run: RunId;
  readonly clock: Clock;
  /** False when no result of this run may be reused. */
  readonly isWritten: boolean;
  readonly files: TaskFiles;
  /** Called when an entry has become complete. */
  readonly wake: () => void;
}

/** A result that was made under this key, and what was read for it; `seen` is undefined when nobody knows. */
export interface MadeResult {
  readonly key: Digest | null;
  readonly output: ResultRef;
  readonly seen: readonly SeenRead[] | undefined;
  readonly notes?: readonly InputNote[] | undefined;
  readonly outputs?: KeptOutputs | undefined;
}

export class Reusable {
  readonly #parts: ReusableParts;
  readonly #unfinished = new Set<Promise<void>>();
  #entries: CacheEntry[] = [];

  constructor(parts: ReusableParts) {
    this.#parts = parts;
  }

  note(
    { name, settings: { cache } }: PlannedTask,
    { key, output, seen, notes = [], outputs }: MadeResult,
  ): void {
    const { run, clock, isWritten } = this.#parts;
    if (cache === false || key === null || !isWritten || seen === undefined) return;
    const storedAt = clock.now();
    const expiresAt = cache.ttl === null ? null : storedAt + cache.ttl * 1000;
    const made = { key, run, task: name, output, storedAt, expiresAt };
    const entry = outputs === undefined ? made : { ...made, outputs };
    if (seen.length + notes.length === 0) this.#entries.push(entry);
    else this.#complete(entry, seen, notes);
  }

  /** Returns the entries added since the last call. */
  take(): readonly CacheEntry[] {
    if (this.#entries.length === 0) return this.#entries;
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  /** Waits until all entries are complete. */
  async settled(): Promise<void> {
    await Promise.all(this.#unfinished);
  }

  #complete(entry: CacheEntry, seen: readonly SeenRead[], known: readonly InputNote[]): void {
    const added = this.#addWithNotes(entry, seen, known).finally(() =>
      this.#unfinished.delete(added),
    );
    this.#unfinished.add(added);
  }

  /** Adds the entry, unless something has changed since the task read it. */
  async #addWithNotes(
    entry: CacheEntry,
    seen: readonly SeenRead[],
    known: readonly InputNote[],
  ): Promise<void> {
    const { files, wake } = this.#parts;
    const notes = await files.notesOf(seen);
    if (notes === undefined) return;
    this.#entries.push({ ...entry, notes: eachOnce([...notes, ...known]) });
    wake();
  }
}

/** Several elements of a mapped task may depend on the same thing. */
function eachOnce(notes: readonly InputNote[]): readonly InputNote[] {
  const once = new Map(notes.map((note) => [JSON.stringify({ ...note, stamp: undefined }), note]));
  return [...once.values()];
}
