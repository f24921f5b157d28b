/** A waiting caller, and the value it brought. */
export interface Waiter<Brought, Gets> {
  readonly brought: Brought;
  resolve(value: Gets | PromiseLike<Gets>): void;
  reject(error: unknown): void;
}

interface ListedWaiter<Brought, Gets> extends Waiter<Brought, Gets> {
  before: ListedWaiter<Brought, Gets> | undefined;
  after: ListedWaiter<Brought, Gets> | undefined;
  /** Stops listening to the caller's signal. */
  stopListening?: () => void;
}

/** Waiting callers, first come first served. A caller whose signal aborts leaves at once, from anywhere in the list. */
export class WaitList<Brought, Gets> {
  #first: ListedWaiter<Brought, Gets> | undefined;
  #last: ListedWaiter<Brought, Gets> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The caller that has waited longest; it stays in the list. */
  get first(): Waiter<Brought, Gets> | undefined {
    return this.#first;
  }

  /** Rejects with the signal's reason when it aborts before the answer. The signal must not have aborted yet. */
  wait(brought: Brought, signal?: AbortSignal): Promise<Gets> {
    return new Promise((resolve, reject) => {
      const entry: ListedWaiter<Brought, Gets> = {
        brought,
        resolve,
        reject,
        before: this.#last,
        after: undefined,
      };
      if (signal !== undefined) this.#leaveOn(signal, entry);
      this.#append(entry);
    });
  }

  /** Removes the caller that has waited longest; the code that removes it must answer it. */
  shift(): Waiter<Brought, Gets> | undefined {
    const entry = this.#first;
    if (entry === undefined) return undefined;
    this.#remove(entry);
    entry.stopListening?.();
    return entry;
  }

  rejectAll(error: () => unknown): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift())
      waiter.reject(error());
  }

  resolveAll(value: Gets): void {
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift())
      waiter.resolve(value);
  }

  #leaveOn(signal: AbortSignal, entry: ListedWaiter<Brought, Gets>): void {
    const leave = () => {
      this.#remove(entry);
      entry.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    entry.stopListening = () => signal.removeEventListener('abort', leave);
  }

  #append(entry: ListedWaiter<Brought, Gets>): void {
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#length++;
  }

  #remove(entry: ListedWaiter<Brought, Gets>): void {
    if (entry.before === undefined) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === undefined) this.#last = entry.before;
    else entry.after.before = entry.before;
    this.#length--;
  }
}
