/** One caller that waits, and what it brought along. */
export interface Waiter<Brought, Gets> {
  readonly brought: Brought;
  resolve(value: Gets | PromiseLike<Gets>): void;
  reject(error: unknown): void;
}

interface Entry<Brought, Gets> extends Waiter<Brought, Gets> {
  before: Entry<Brought, Gets> | undefined;
  after: Entry<Brought, Gets> | undefined;
  /** Takes this caller's ear off its signal. */
  deafen?: () => void;
}

/** Callers that wait, first come first served. One whose signal aborts leaves at once, from anywhere in the line. */
export class WaitList<Brought, Gets> {
  #first: Entry<Brought, Gets> | undefined;
  #last: Entry<Brought, Gets> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The caller that has waited longest, still in the line. */
  get first(): Waiter<Brought, Gets> | undefined {
    return this.#first;
  }

  /** Rejects with the signal's reason when it aborts before anyone answered; it has not aborted yet. */
  wait(brought: Brought, signal?: AbortSignal): Promise<Gets> {
    return new Promise((resolve, reject) => {
      const entry: Entry<Brought, Gets> = {
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

  /** Takes out the caller that has waited longest; whoever asked now owes it an answer. */
  shift(): Waiter<Brought, Gets> | undefined {
    const entry = this.#first;
    if (entry === undefined) return undefined;
    this.#remove(entry);
    entry.deafen?.();
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

  #leaveOn(signal: AbortSignal, entry: Entry<Brought, Gets>): void {
    const leave = () => {
      this.#remove(entry);
      entry.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    entry.deafen = () => signal.removeEventListener('abort', leave);
  }

  #append(entry: Entry<Brought, Gets>): void {
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#length++;
  }

  #remove(entry: Entry<Brought, Gets>): void {
    if (entry.before === undefined) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === undefined) this.#last = entry.before;
    else entry.after.before = entry.before;
    this.#length--;
  }
}
