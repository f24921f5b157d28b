/** Job slots that all runs of a process share. The number of busy slots is asked of the runs, never counted. */

export interface Sharer {
  /** Number of units that are running. */
  readonly busy: number;
  /** Called when another run may have released a slot. */
  wake(): void;
}

export class SharedJobs {
  readonly #size: number;
  readonly #sharers = new Set<Sharer>();
  #vacated: (() => void)[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  join(sharer: Sharer): void {
    this.#sharers.add(sharer);
  }

  leave(sharer: Sharer): void {
    this.#sharers.delete(sharer);
    this.left(sharer);
    if (this.#sharers.size === 0) for (const tell of this.#vacated.splice(0)) tell();
  }

  /** Resolves when no run shares the slots any more. */
  async vacated(): Promise<void> {
    if (this.#sharers.size > 0) await new Promise<void>((resolve) => this.#vacated.push(resolve));
  }

  get hasRoom(): boolean {
    let busy = 0;
    for (const sharer of this.#sharers) busy += sharer.busy;
    return busy < this.#size;
  }

  /** Tells the other runs that a unit of this one has ended. */
  left(sharer: Sharer): void {
    for (const other of this.#sharers) if (other !== sharer) other.wake();
  }
}
