/** Results of this run that later runs may reuse; they are recorded with the success of their task. */
import type { Clock } from '../../lib/clock.ts';
import type { Digest, RunId } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import type { CacheEntry } from '../../store/run-store.ts';

export interface ReusableParts {
  readonly run: RunId;
  readonly clock: Clock;
  /** False when no result of this run may be reused. */
  readonly isWritten: boolean;
}

export class Reusable {
  readonly #parts: ReusableParts;
  #entries: CacheEntry[] = [];

  constructor(parts: ReusableParts) {
    this.#parts = parts;
  }

  note({ name, settings: { cache } }: PlannedTask, key: Digest | null, output: ResultRef): void {
    const { run, clock, isWritten } = this.#parts;
    if (cache === false || key === null || !isWritten) return;
    const storedAt = clock.now();
    const expiresAt = cache.ttl === null ? null : storedAt + cache.ttl * 1000;
    this.#entries.push({ key, run, task: name, output, storedAt, expiresAt });
  }

  /** Returns the entries added since the last call. */
  take(): readonly CacheEntry[] {
    if (this.#entries.length === 0) return this.#entries;
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }
}
