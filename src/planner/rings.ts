/**
 * Rings of tasks that wait for each other. Every edge on a ring is reported in at least one, shortest rings first. For a knot of
 * very many tasks, the time and the number of rings are limited. Nothing here is recursive.
 */
import { downstreamOf, type Upstream } from './graph.ts';

/** Returns rings whose tasks stand in the order in which they wait: `[a, b]` says a waits for b and b for a. */
export function ringsOf(upstream: Upstream, levelOf: Int32Array): number[][] {
  const knots = knotsOf(upstream, levelOf);
  if (knots.length === 0) return [];
  const search = new Search(upstream, knots);
  return knots
    .flatMap((knot) => ringsIn(knot, upstream, search))
    .sort((a, b) => a.length - b.length || a[0]! - b[0]!);
}

/** Maximum number of rings reported for one knot; the others are reported once these are fixed. */
const MOST_RINGS = 50;
/** Limit of edges visited to order the rings of a knot by length, and again to find them. */
const MOST_LOOKS = 2_000_000;

function ringsIn(knot: readonly number[], upstream: Upstream, search: Search): number[][] {
  const edges: { readonly task: number; readonly source: number; readonly length: number }[] = [];
  let looks = 0;
  for (const task of knot) {
    const isMeasured = looks < MOST_LOOKS;
    if (isMeasured) looks += search.towards(task);
    for (const source of upstream[task]!) {
      if (!search.isInSameKnot(task, source)) continue;
      edges.push({ task, source, length: isMeasured ? search.distance(source) : knot.length });
    }
  }
  edges.sort((a, b) => a.length - b.length);
  const rings: number[][] = [];
  const told = new Set<number>();
  const keyOf = (task: number, source: number): number => task * upstream.length + source;
  for (const { task, source } of edges) {
    if (told.has(keyOf(task, source))) continue;
    looks += search.towards(task);
    const ring = [task, ...search.wayFrom(source)];
    for (const [i, each] of ring.entries()) told.add(keyOf(each, ring[i + 1] ?? task));
    rings.push(ring);
    if (rings.length === MOST_RINGS || looks > 2 * MOST_LOOKS) break;
  }
  return rings;
}

/** Finds the shortest paths from the tasks of a knot to one of them, breadth first. */
class Search {
  readonly #downstream: ReturnType<typeof downstreamOf>;
  readonly #knotOf: Int32Array;
  /** Target of the search that last reached each task; -1: none has. */
  readonly #reachedFor: Int32Array;
  /** The next task on the path to the target, and the number of edges on that path. */
  readonly #next: Int32Array;
  readonly #distance: Int32Array;

  constructor(upstream: Upstream, knots: readonly (readonly number[])[]) {
    const size = upstream.length;
    this.#downstream = downstreamOf(upstream);
    this.#knotOf = new Int32Array(size).fill(-1);
    for (const [number, knot] of knots.entries())
      for (const task of knot) this.#knotOf[task] = number;
    this.#reachedFor = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(size);
    this.#distance = new Int32Array(size);
  }

  isInSameKnot(task: number, other: number): boolean {
    return this.#knotOf[task] === this.#knotOf[other];
  }

  /** Searches for paths to the target. Returns the number of edges visited. */
  towards(target: number): number {
    const { first, dependents } = this.#downstream;
    const queue = [target];
    let looks = 0;
    this.#reach(target, target, target);
    for (const task of queue) {
      for (let i = first[task]!; i < first[task + 1]!; i++, looks++) {
        const dependent = dependents[i]!;
        if (this.#reachedFor[dependent] === target || !this.isInSameKnot(target, dependent))
          continue;
        this.#reach(dependent, target, task);
        queue.push(dependent);
      }
    }
    return looks;
  }

  distance(task: number): number {
    return this.#distance[task]!;
  }

  /** Yields the tasks on the path from this one up to, but without, the target. */
  *wayFrom(task: number): Generator<number> {
    const target = this.#reachedFor[task]!;
    for (let at = task; at !== target; at = this.#next[at]!) yield at;
  }

  #reach(task: number, target: number, next: number): void {
    this.#reachedFor[task] = target;
    this.#next[task] = next;
    this.#distance[task] = task === target ? 0 : this.#distance[next]! + 1;
  }
}

/** Returns the strongly connected components (Tarjan's algorithm), each in the order of its tasks; tasks on no ring are in none. */
function knotsOf(upstream: Upstream, levelOf: Int32Array): number[][] {
  const knots: number[][] = [];
  const size = upstream.length;
  const visit = new Int32Array(size).fill(-1);
  const lowest = new Int32Array(size);
  const isOpen = new Uint8Array(size);
  const nextEdge = new Int32Array(size);
  const path: number[] = [];
  const open: number[] = [];
  let visits = 0;
  const enter = (task: number): void => {
    visit[task] = lowest[task] = visits++;
    isOpen[task] = 1;
    path.push(task);
    open.push(task);
  };
  for (let start = 0; start < size; start++) {
    if (levelOf[start] === -1 && visit[start] === -1) enter(start);
    for (let task = path.at(-1); task !== undefined; task = path.at(-1)) {
      const source = upstream[task]![nextEdge[task]!++];
      if (source !== undefined) {
        if (levelOf[source] !== -1) continue;
        if (visit[source] === -1) enter(source);
        else if (isOpen[source] === 1) lowest[task] = Math.min(lowest[task]!, visit[source]!);
        continue;
      }
      path.pop();
      const before = path.at(-1);
      if (before !== undefined) lowest[before] = Math.min(lowest[before]!, lowest[task]!);
      if (lowest[task] !== visit[task]) continue;
      const knot = open.splice(open.lastIndexOf(task));
      for (const member of knot) isOpen[member] = 0;
      if (knot.length > 1 || upstream[task]!.includes(task)) knots.push(knot.sort((a, b) => a - b));
    }
  }
  return knots;
}
