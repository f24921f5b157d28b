/** What the records of a torture say about its queue. */
import { ABORTED, type Value } from './records.ts';

export interface Records {
  /** For each life of a producer, the values whose put was acknowledged, in order. */
  readonly acknowledged: readonly (readonly Value[])[];
  /** For each life of a consumer, the values that it took and `ABORTED` for each get that was aborted, in order. */
  readonly consumed: readonly (readonly Value[])[];
  /** Number of lives of consumers that ended by a kill. */
  readonly killedConsumers: number;
}

/** Returns what is wrong, as sentences; nothing when the queue kept its guarantees. */
export function violationsIn(records: Records): readonly string[] {
  const { acknowledged, consumed, killedConsumers } = records;
  const taken = takenIn(consumed);
  const aborted = consumed.flat().length - taken.flat().length;
  const times = countsOf(taken.flat());
  const lost = acknowledged.flat().filter((value) => !times.has(keyOf(value))).length;
  const twice = [...times.values()].filter((count) => count > 1).length;
  const late = taken.flatMap((life) => outOfOrder(life)).length;
  return [
    ...(twice > 0 ? [`${twice} values were taken twice`] : []),
    // A consumer that is killed between taking a value and writing that down takes the value along.
    ...(lost > killedConsumers
      ? [`${lost} acknowledged values were never taken, with ${killedConsumers} consumers killed`]
      : []),
    // A value on its way to a get that ends comes back, after those that were given out meanwhile.
    ...(late > killedConsumers + aborted
      ? [
          `${late} values came late, with ${killedConsumers} consumers killed and ${aborted} gets aborted`,
        ]
      : []),
  ];
}

/** Returns the values of each life without the gets that were aborted. */
export function takenIn(consumed: Records['consumed']): readonly (readonly Value[])[] {
  return consumed.map((life) => life.filter(({ from }) => from !== ABORTED.from));
}

function countsOf(values: readonly Value[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(keyOf(value), (counts.get(keyOf(value)) ?? 0) + 1);
  return counts;
}

/** Numbers are below 2^32. */
function keyOf({ from, n }: Value): number {
  return from * 2 ** 32 + n;
}

function outOfOrder(life: readonly Value[]): readonly Value[] {
  const greatest = new Map<number, number>();
  return life.filter(({ from, n }) => {
    const before = greatest.get(from) ?? -1;
    greatest.set(from, Math.max(before, n));
    return n < before;
  });
}
