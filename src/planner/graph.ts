/** Graphs of tasks by number: levels and distances, each in linear time and without recursion. */

/** `upstream[i]` lists the tasks that task i waits for; duplicates are allowed. */
export type Upstream = readonly (readonly number[])[];

export interface Levelled {
  /** Longest path from a source, in edges; -1 for tasks on or behind a cycle. */
  readonly levelOf: Int32Array;
  /** Every task that is on no cycle and behind none, each after all that it waits for. */
  readonly order: Int32Array;
}

/** Kahn's algorithm: the queue holds one level after the other, so the last upstream met is a farthest one. */
export function levelsOf(upstream: Upstream): Levelled {
  const { first, dependents } = downstreamOf(upstream);
  const waiting = Int32Array.from(upstream, (tasks) => tasks.length);
  const levelOf = new Int32Array(upstream.length).fill(-1);
  const order = new Int32Array(upstream.length);
  let known = 0;
  for (let task = 0; task < upstream.length; task++) {
    if (waiting[task] === 0) {
      levelOf[task] = 0;
      order[known++] = task;
    }
  }
  for (let next = 0; next < known; next++) {
    const task = order[next]!;
    for (let i = first[task]!; i < first[task + 1]!; i++) {
      const dependent = dependents[i]!;
      if (--waiting[dependent]! > 0) continue;
      levelOf[dependent] = levelOf[task]! + 1;
      order[known++] = dependent;
    }
  }
  return { levelOf, order: order.subarray(0, known) };
}

/** Reverses the edges, into two flat arrays: task i's dependents lie from `first[i]` to before `first[i + 1]`. */
export function downstreamOf(upstream: Upstream): { first: Int32Array; dependents: Int32Array } {
  const first = new Int32Array(upstream.length + 1);
  for (const sources of upstream) for (const source of sources) first[source + 1]!++;
  for (let task = 0; task < upstream.length; task++) first[task + 1]! += first[task]!;
  const dependents = new Int32Array(first[upstream.length]!);
  const next = first.slice();
  for (let task = 0; task < upstream.length; task++) {
    for (const source of upstream[task]!) dependents[next[source]!++] = task;
  }
  return { first, dependents };
}

/** Counts the edges on the longest path from each task to a sink: tasks far from the end start first. */
export function distanceToEnd(upstream: Upstream, order: Int32Array): Int32Array {
  const distance = new Int32Array(upstream.length);
  for (let i = order.length - 1; i >= 0; i--) {
    const task = order[i]!;
    for (const source of upstream[task]!) {
      distance[source] = Math.max(distance[source]!, distance[task]! + 1);
    }
  }
  return distance;
}

/** Returns the tasks and everything they wait for, directly or not. */
export function withUpstreams(tasks: Iterable<number>, upstream: Upstream): Set<number> {
  const found = new Set(tasks);
  // A Set visits what is added while it is walked.
  for (const task of found) for (const source of upstream[task]!) found.add(source);
  return found;
}

/** Keeps only the edges between chosen tasks; numbers stay. */
export function within(chosen: ReadonlySet<number>, upstream: Upstream): Upstream {
  return upstream.map((sources, task) =>
    chosen.has(task) ? sources.filter((source) => chosen.has(source)) : [],
  );
}
