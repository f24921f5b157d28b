/** Units that may start, best first: priority, then the longest remaining path, then the order of the plan. */
import type { Unit } from '../ports/workforce.ts';

/** Sort key of a task: the larger one starts first. Its parts are compared in order. */
export interface Rank {
  readonly priority: number;
  readonly remaining: number;
}

/** Units wait in lanes, one for each named limit, so that a full lane never blocks units of another. */
export class ReadyQueue {
  /** Lanes by name. Empty lanes are removed, as there may be as many lanes as tasks. */
  readonly #lanes = new Map<string, LaneHeap>();
  /** Position of each task in the start order, by its index. */
  readonly #places: Int32Array;
  /** Units that are withdrawn but still in their lanes; they are skipped. */
  readonly #withdrawn = new Set<Unit>();
  #size = 0;

  /** `ranks` has one rank for each task, in the order of the plan. */
  constructor(ranks: readonly Rank[]) {
    this.#places = placesOf(ranks);
  }

  get size(): number {
    return this.#size;
  }

  push(lane: string, unit: Unit): void {
    let heap = this.#lanes.get(lane);
    if (heap === undefined)
      this.#lanes.set(lane, (heap = new LaneHeap((a, b) => this.#before(a, b))));
    heap.push(unit);
    this.#size++;
  }

  /** Takes the best unit among the lanes that `isOpen` allows. */
  take(isOpen: (lane: string) => boolean): Unit | undefined {
    let best: { readonly name: string; readonly lane: LaneHeap; readonly head: Unit } | undefined;
    for (const [name, lane] of this.#lanes) {
      const head = this.#headOf(name, lane);
      if (head === undefined) continue;
      if (best !== undefined && !this.#before(head, best.head)) continue;
      if (isOpen(name)) best = { name, lane, head };
    }
    if (best === undefined) return undefined;
    best.lane.pop();
    if (best.lane.head === undefined) this.#lanes.delete(best.name);
    this.#size--;
    return best.head;
  }

  /** Withdraws a waiting unit; it must be the same object that was pushed. */
  withdraw(unit: Unit): void {
    this.#withdrawn.add(unit);
    this.#size--;
  }

  clear(): void {
    this.#lanes.clear();
    this.#withdrawn.clear();
    this.#size = 0;
  }

  /** Returns the best unit of the lane. Removes the lane and returns undefined when all its units were withdrawn. */
  #headOf(name: string, lane: LaneHeap): Unit | undefined {
    if (this.#withdrawn.size === 0) return lane.head;
    while (lane.head !== undefined && this.#withdrawn.delete(lane.head)) lane.pop();
    if (lane.head === undefined) this.#lanes.delete(name);
    return lane.head;
  }

  #before(a: Unit, b: Unit): boolean {
    if (a.index === b.index) return (a.element ?? 0) < (b.element ?? 0);
    return this.#placeOf(a) < this.#placeOf(b);
  }

  #placeOf({ index }: Unit): number {
    return this.#places[index] ?? Infinity;
  }
}

function placesOf(ranks: readonly Rank[]): Int32Array {
  const places = new Int32Array(ranks.length);
  const order = [...ranks.keys()].sort((a, b) => {
    const [left, right] = [ranks[a]!, ranks[b]!];
    return right.priority - left.priority || right.remaining - left.remaining || a - b;
  });
  for (const [place, index] of order.entries()) places[index] = place;
  return places;
}

/** One lane, kept as a binary heap. */
class LaneHeap {
  readonly #units: Unit[] = [];
  readonly #before: (a: Unit, b: Unit) => boolean;

  constructor(before: (a: Unit, b: Unit) => boolean) {
    this.#before = before;
  }

  get head(): Unit | undefined {
    return this.#units[0];
  }

  push(unit: Unit): void {
    const units = this.#units;
    let place = units.push(unit) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(unit, units[parent]!)) break;
      units[place] = units[parent]!;
      place = parent;
    }
    units[place] = unit;
  }

  pop(): Unit | undefined {
    const units = this.#units;
    const head = units[0];
    const last = units.pop();
    if (last === undefined || units.length === 0) return head;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= units.length) break;
      if (child + 1 < units.length && this.#before(units[child + 1]!, units[child]!)) child++;
      if (!this.#before(units[child]!, last)) break;
      units[place] = units[child]!;
      place = child;
    }
    units[place] = last;
    return head;
  }
}
