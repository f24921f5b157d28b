import type { Diagnostic } from '../../model/diagnostic.ts';
import type { TaskName } from '../../model/ids.ts';
import type { TaskDefinition } from '../../model/task.ts';
import type { DiscoveredTask } from './discovery-messages.ts';

/**
 * Returns one task for each name, and a diagnostic for each pair that differs. A task exported again by another module is the same
 * task, and belongs to the module in which it was written.
 */
export function clashes(
  tasks: readonly DiscoveredTask[],
  needed?: ReadonlySet<TaskName>,
): { readonly kept: readonly TaskDefinition[]; readonly diagnostics: readonly Diagnostic[] } {
  const byName = Map.groupBy(tasks, ({ definition }) => definition.name);
  const kept: TaskDefinition[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [name, all] of byName) {
    const [first, ...others] = distinct(all);
    if (first === undefined) continue;
    kept.push(first.definition);
    for (const other of others) {
      // Plain exports may be meant for other code: they clash only when a pipeline uses the name.
      const matters = (first.declared && other.declared) || (needed?.has(name) ?? true);
      if (matters) diagnostics.push(twice(other.definition, first.definition));
    }
  }
  return { kept, diagnostics };
}

/** Keeps one task per place, which identifies tasks that were made in different threads too. */
function distinct(tasks: readonly DiscoveredTask[]): readonly DiscoveredTask[] {
  const byPlace = new Map<string, DiscoveredTask>();
  for (const task of tasks) {
    const { at, module } = task.definition;
    const place = `${at.file}:${at.line}:${at.column}`;
    if (!byPlace.has(place) || module === at.file) byPlace.set(place, task);
  }
  return [...byPlace.values()];
}

function twice(task: TaskDefinition, other: TaskDefinition): Diagnostic {
  return {
    code: 'DP3005',
    severity: 'error',
    message: `task "${task.name}" is registered twice`,
    at: task.at,
    hint: 'rename one, or give it `name:`',
    related: [{ message: `"${other.name}" is registered here too`, at: other.at }],
  };
}
