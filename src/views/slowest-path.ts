import type { Milliseconds, TaskName } from '../model/ids.ts';
import type { Dependency, Plan } from '../model/plan.ts';
import type { RunRecord } from '../model/run.ts';
import { durationText } from './amounts.ts';

/** Returns the chain of tasks, each depending on the one before, that took longest together. `tasks` are in topological order. */
export function slowestPath(
  run: RunRecord,
  tasks: readonly { readonly name: TaskName; readonly dependsOn: readonly Dependency[] }[],
): [TaskName, Milliseconds][] {
  const best = new Map<
    TaskName,
    { readonly total: Milliseconds; readonly before: TaskName | undefined }
  >();
  const took = (name: TaskName): Milliseconds => run.tasks.get(name)?.durationMs ?? 0;
  let last: TaskName | undefined;
  for (const { name, dependsOn } of tasks) {
    let before: TaskName | undefined;
    for (const { task } of dependsOn) {
      if (before === undefined || (best.get(task)?.total ?? 0) > (best.get(before)?.total ?? 0))
        before = task;
    }
    const total = took(name) + (before === undefined ? 0 : (best.get(before)?.total ?? 0));
    best.set(name, { total, before });
    if (last === undefined || total > best.get(last)!.total) last = name;
  }
  const path: [TaskName, Milliseconds][] = [];
  for (let name = last; name !== undefined; name = best.get(name)?.before)
    path.push([name, took(name)]);
  return path.toReversed();
}

const PATH_SHOWN = 8;

/** Returns the path as text, without the middle of a long one. Undefined when no task depended on another. */
export function slowestPathText(run: RunRecord, plan: Plan): string | undefined {
  const path = slowestPath(run, plan.tasks);
  if (path.length < 2) return undefined;
  const shown = path.map(([name, ms]) => `${name} ${durationText(ms)}`);
  const left = shown.length - PATH_SHOWN;
  if (left > 1) shown.splice(PATH_SHOWN - 1, left, `… ${left} more …`);
  return shown.join(' -> ');
}
