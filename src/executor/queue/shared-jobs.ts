/** Places for work that all runs of a process share. Who is busy is asked, never counted. */

export interface Sharer {
  /** Units of work under way. */
  readonly busy: number;
  /** There may be room that another one has left. */
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

  /** Settles when nobody shares the places any more. */
  async vacated(): Promise<void> {
    if (this.#sharers.size > 0) await new Promise<void>((resolve) => this.#vacated.push(resolve));
  }

  get hasRoom(): boolean {
    let busy = 0;
    for (const sharer of this.#sharers) busy += sharer.busy;
    return busy < this.#size;
  }

  /** A unit of this one has ended, which the others may have waited for. */
  left(sharer: Sharer): void {
    for (const other of this.#sharers) if (other !== sharer) other.wake();
  }
}
