/** A first-in, first-out list in a circular array that doubles when full: push and shift take constant time at any length. */
export class Ring<T> {
  #slots: (T | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length++) & (this.#slots.length - 1)] = value;
  }

  /** Puts the value in front of all others. */
  unshift(value: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#slots.length - 1);
    this.#slots[this.#head] = value;
    this.#length++;
  }

  /** Returns undefined when empty; where values may be undefined, check `length` first. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length--;
    return value;
  }

  clear(): void {
    this.#slots = Array.from({ length: 16 });
    this.#head = this.#length = 0;
  }

  /** Doubles the array. Its length stays a power of two, so that a mask can wrap around. */
  #grow(): void {
    const inOrder = [...this.#slots.slice(this.#head), ...this.#slots.slice(0, this.#head)];
    inOrder.length *= 2;
    this.#slots = inOrder;
    this.#head = 0;
  }
}
