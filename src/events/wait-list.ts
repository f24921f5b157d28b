/** A caller that waits for an answer. */
export interface Waiter<Answer> {
  readonly resolve: (answer: Answer) => void;
}

interface ListedWaiter<Answer> extends Waiter<Answer> {
  before: ListedWaiter<Answer> | undefined;
  after: ListedWaiter<Answer> | undefined;
}

/** Waiting callers, first come first served. */
export class WaitList<Answer> {
  #first: ListedWaiter<Answer> | undefined;
  #last: ListedWaiter<Answer> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  wait(): Promise<Answer> {
    return new Promise((resolve) => this.add({ resolve }));
  }

  /** Returns how the caller leaves the list again, which it may do from anywhere in it, but not after its answer. */
  add({ resolve }: Waiter<Answer>): () => void {
    const waiter: ListedWaiter<Answer> = { resolve, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.after = waiter;
    this.#last = waiter;
    this.#length++;
    return () => this.#remove(waiter);
  }

  /** Removes the caller that has waited longest; the code that removes it must answer it. */
  shift(): Waiter<Answer> | undefined {
    const waiter = this.#first;
    if (waiter !== undefined) this.#remove(waiter);
    return waiter;
  }

  resolveAll(answer: Answer): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift())
      waiter.resolve(answer);
  }

  #remove({ before, after }: ListedWaiter<Answer>): void {
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    this.#length--;
  }
}
