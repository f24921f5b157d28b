/** How often each value occurs: all that percentiles need, in the memory of the distinct values. */
export type Counts = Map<number, number>;

export function countOf(values: Iterable<number>): Counts {
  const counts: Counts = new Map();
  for (const value of values) addTo(counts, value);
  return counts;
}

export function addTo(counts: Counts, value: number): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

/** The smallest value that at least `percent` % of all values do not exceed (nearest rank; an exact integer rule). */
export function percentile(counts: ReadonlyMap<number, number>, percent: number): number {
  const ascending = [...counts].sort(([a], [b]) => a - b);
  const total = ascending.reduce((n, [, times]) => n + times, 0);
  const rank = Math.max(1, Math.ceil((percent * total) / 100));
  let seen = 0;
  for (const [value, times] of ascending) {
    seen += times;
    if (seen >= rank) return value;
  }
  throw new RangeError(`there is no ${percent}th percentile of ${total} values`);
}
