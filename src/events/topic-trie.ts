/**
 * Which values are kept under patterns that match a topic.
 * Patterns share their common beginnings, so the work depends on the segments of the topic and not on the number of patterns.
 */
export class TopicTrie<T> {
  readonly #root = new Node<T>();
  #step = 0;

  /** Expects a well-formed pattern. A value counts once per pattern. */
  add(pattern: string, value: T): void {
    let node = this.#root;
    for (const segment of pattern.split('.')) node = node.childOrNew(segment);
    (node.values ??= new Set()).add(value);
  }

  /** Forgets the value, and every node that nothing else needs. Unknown ones are ignored. */
  remove(pattern: string, value: T): void {
    const segments = pattern.split('.');
    const path: Node<T>[] = [this.#root];
    for (const segment of segments) {
      const child = path.at(-1)!.child(segment);
      if (child === undefined) return;
      path.push(child);
    }
    path.at(-1)!.values?.delete(value);
    for (let depth = segments.length; depth > 0 && path[depth]!.isBare; depth--) {
      path[depth - 1]!.drop(segments[depth - 1]!);
    }
  }

  /**
   * All values whose pattern matches, in no promised order; a value under several matching patterns comes once for each.
   * Follows every possible reading of the topic side by side and enters each node once a segment, so nothing backtracks.
   */
  match(topic: string): T[] {
    let reached: Node<T>[] = [];
    this.#enter(reached, this.#root, ++this.#step);
    for (const segment of topic.split('.')) {
      const next: Node<T>[] = [];
      const step = ++this.#step;
      for (const node of reached) {
        if (node.repeats) this.#enter(next, node, step);
        const literal = node.literals?.get(segment);
        if (literal !== undefined) this.#enter(next, literal, step);
        if (node.one !== undefined) this.#enter(next, node.one, step);
      }
      if (next.length === 0) return [];
      reached = next;
    }
    const values: T[] = [];
    for (const node of reached) if (node.values !== undefined) values.push(...node.values);
    return values;
  }

  get isEmpty(): boolean {
    return this.#root.isBare;
  }

  /** A `**` may stand for nothing, so whoever reaches a node also reaches the `**` below it. */
  #enter(into: Node<T>[], node: Node<T>, step: number): void {
    for (
      let at: Node<T> | undefined = node;
      at !== undefined && at.enteredAt !== step;
      at = at.rest
    ) {
      at.enteredAt = step;
      into.push(at);
    }
  }
}

class Node<T> {
  /** Reached by `**`, so it may swallow any further segment. */
  readonly repeats: boolean;
  literals: Map<string, Node<T>> | undefined;
  /** Below `*`. */
  one: Node<T> | undefined;
  /** Below `**`. */
  rest: Node<T> | undefined;
  values: Set<T> | undefined;
  /** The matching step that entered this node last. */
  enteredAt = 0;

  constructor(repeats = false) {
    this.repeats = repeats;
  }

  child(segment: string): Node<T> | undefined {
    if (segment === '*') return this.one;
    if (segment === '**') return this.rest;
    return this.literals?.get(segment);
  }

  childOrNew(segment: string): Node<T> {
    if (segment === '*') return (this.one ??= new Node());
    if (segment === '**') return (this.rest ??= new Node(true));
    this.literals ??= new Map();
    let node = this.literals.get(segment);
    if (node === undefined) this.literals.set(segment, (node = new Node()));
    return node;
  }

  drop(segment: string): void {
    if (segment === '*') this.one = undefined;
    else if (segment === '**') this.rest = undefined;
    else this.literals?.delete(segment);
  }

  /** Nothing is kept here or below. */
  get isBare(): boolean {
    const { literals, one, rest, values } = this;
    return !literals?.size && !values?.size && one === undefined && rest === undefined;
  }
}
