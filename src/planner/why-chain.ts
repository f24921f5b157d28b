import type { TaskWhy } from '../model/difference.ts';
import type { TaskName } from '../model/ids.ts';

/** Returns what explains the task: its own reasons, then those of every task that they name, nearest first. */
export function chainOf(task: TaskName, all: readonly TaskWhy[]): readonly TaskWhy[] {
  const byName = new Map(all.map((why) => [why.task, why]));
  const chain = new Set([task]);
  for (const name of chain) {
    const why = byName.get(name);
    if (why === undefined || why.action === 'cached') continue;
    const upstreams = why.differences.filter(({ part }) => part === 'upstream' || part === 'input');
    for (const next of [...why.waitsFor, ...upstreams.map((each) => each.name)]) chain.add(next);
  }
  return [...chain].flatMap((name) => byName.get(name) ?? []);
}
