/**
 * One pipeline on several machines: the selected tasks are distributed, and each machine runs its own share.
 * Connected parts of the graph are kept together, so no shard waits for a result of another one.
 */
import type { Diagnostic, Place } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import type { Shard } from '../model/plan.ts';
import { within, type Upstream } from './graph.ts';

interface Dealable {
  readonly name: TaskName;
  readonly at: Place;
}

/** Returns the chosen tasks of the shard, and warns when the shares are uneven. */
export function takeShard(
  tasks: readonly Dealable[],
  upstream: Upstream,
  chosen: ReadonlySet<number>,
  shard: Shard,
): { readonly chosen: ReadonlySet<number>; readonly warnings: readonly Diagnostic[] } {
  const nameOf = (task: number): TaskName => tasks[task]!.name;
  const parts = partsOf(chosen, within(chosen, upstream), nameOf);
  const share = deal(parts, shard.count)[shard.index - 1] ?? [];
  const fair = Math.ceil(chosen.size / shard.count);
  const title = `shard ${shard.index}/${shard.count}`;
  const warnings: Diagnostic[] = share
    .filter((part) => part.length > fair)
    .map((part) => ({ size: part.length, first: tasks[part[0]!]! }))
    .map(({ size, first }) => ({
      code: 'DP4009',
      severity: 'warning',
      message: `${title} has ${size} of the ${chosen.size} selected tasks, because they are connected by dependencies, "${first.name}" among them; an even share would be ${fair}`,
      at: first.at,
      hint: [{ do: 'speedUpShard' }, 'select less'],
    }));
  if (share.length === 0)
    warnings.push({
      code: 'DP4009',
      severity: 'warning',
      message: `${title} has nothing to do: ${parts.length === 1 ? 'all selected tasks are connected by dependencies' : `the selected tasks form only ${parts.length} groups that do not need each other`}`,
      hint: `${parts.length} ${parts.length === 1 ? 'machine is' : 'machines are'} enough`,
    });
  return { chosen: new Set(share.flat()), warnings };
}

/** Returns the groups of tasks that edges of any kind connect; the tasks in each group, and the groups, are in the order of names. */
export function partsOf(
  chosen: Iterable<number>,
  upstream: Upstream,
  nameOf: (task: number) => TaskName,
): readonly (readonly number[])[] {
  const byName = [...chosen].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const leader = Int32Array.from(upstream, (_, task) => task);
  const leaderOf = (task: number): number => {
    let found = task;
    // Path halving: shortens the path for later look-ups.
    while (leader[found] !== found) found = leader[found] = leader[leader[found]!]!;
    return found;
  };
  for (const task of byName)
    for (const source of upstream[task]!) leader[leaderOf(source)] = leaderOf(task);
  return [...Map.groupBy(byName, leaderOf).values()];
}

/** Assigns the largest part first, each to the shard with the fewest tasks so far; ties go to the first such shard. */
export function deal<Part extends { readonly length: number }>(
  parts: readonly Part[],
  count: number,
): readonly (readonly Part[])[] {
  const shards = Array.from({ length: Math.min(count, parts.length) }, () => ({
    size: 0,
    parts: [] as Part[],
  }));
  // Sorting is stable: parts of one size stay in the order of their names.
  for (const part of parts.toSorted((a, b) => b.length - a.length)) {
    const least = shards.reduce((a, b) => (b.size < a.size ? b : a));
    least.size += part.length;
    least.parts.push(part);
  }
  return shards.map((shard) => shard.parts);
}
