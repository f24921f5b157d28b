/** Graphs of tasks by number: levels, rings and distances, each in linear time and without recursion. */

/** `upstream[i]` lists the tasks that task i waits for. No duplicates. */
export type Upstream = readonly (readonly number[])[];

export interface Levelled {
  /** Longest path from a source, in edges; -1 for tasks on or behind a cycle. */
  readonly levelOf: Int32Array;
  /** Every task that is on no cycle and behind none, level by level. */
  readonly order: Int32Array;
}

/** Kahn's algorithm, one whole level at a time. */
export function levelsOf(upstream: Upstream): Levelled {
  const downstream = reverse(upstream);
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
    for (const dependent of downstream[task]!) {
      if (--waiting[dependent]! === 0) {
        levelOf[dependent] = levelOf[task]! + 1;
        order[known++] = dependent;
      }
    }
  }
  return { levelOf, order: order.subarray(0, known) };
}

export function reverse(upstream: Upstream): number[][] {
  const downstream: number[][] = upstream.map(() => []);
  upstream.forEach((tasks, task) => {
    for (const source of tasks) downstream[source]!.push(task);
  });
  return downstream;
}

/**
 * One ring for every knot of tasks that wait for each other, each as the tasks in the order in which
 * they wait: `[a, b]` says a waits for b and b for a. Tasks that are merely behind a ring are in none.
 */
export function ringsOf(upstream: Upstream, levelOf: Int32Array): number[][] {
  const rings: number[][] = [];
  const seen = new Uint8Array(upstream.length);
  for (let start = 0; start < upstream.length; start++) {
    if (levelOf[start] !== -1 || seen[start] === 1) continue;
    const ring = ringFrom(start, upstream, levelOf, seen);
    if (ring !== undefined) rings.push(ring);
  }
  return rings;
}

/** Walks upstream until it meets its own path; every unlevelled task waits for an unlevelled one, so it must, or meets what was seen. */
function ringFrom(
  start: number,
  upstream: Upstream,
  levelOf: Int32Array,
  seen: Uint8Array,
): number[] | undefined {
  const path: number[] = [];
  const placeOnPath = new Map<number, number>();
  let task: number | undefined = start;
  while (task !== undefined && !placeOnPath.has(task)) {
    if (seen[task] === 1) return undefined;
    seen[task] = 1;
    placeOnPath.set(task, path.length);
    path.push(task);
    task = upstream[task]!.find((source) => levelOf[source] === -1);
  }
  return task === undefined ? undefined : path.slice(placeOnPath.get(task));
}

/** Edges on the longest way from each task to a sink: what is far from the end starts first. */
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

/** The tasks and everything they wait for, directly or not. */
export function withUpstreams(tasks: Iterable<number>, upstream: Upstream): Set<number> {
  const found = new Set(tasks);
  // A Set visits what is added while it is walked.
  for (const task of found) for (const source of upstream[task]!) found.add(source);
  return found;
}
