import type { Diagnostic } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import type { TaskDefinition } from '../model/task.ts';
import type { DiscoveredTask } from './discovery-messages.ts';

/**
 * One task for each name, and a diagnostic wherever two differ. A task exported again by another module is the same
 * task, and stays with the module it was written in.
 */
export function clashes(
  tasks: readonly DiscoveredTask[],
  needed?: ReadonlySet<TaskName>,
): { readonly kept: readonly TaskDefinition[]; readonly diagnostics: readonly Diagnostic[] } {
  const kept = new Map<TaskName, DiscoveredTask>();
  const diagnostics: Diagnostic[] = [];
  for (const task of tasks) {
    const { name } = task.definition;
    const other = kept.get(name);
    if (other === undefined || isReexportedBy(other, task)) kept.set(name, task);
    else if (!isSame(other, task) && (matters(other, task) || (needed?.has(name) ?? true))) {
      diagnostics.push(twice(task.definition, other.definition));
    }
  }
  return { kept: [...kept.values()].map(({ definition }) => definition), diagnostics };
}

/** Places tell tasks apart that were made in different threads, too. */
function isSame(
  { definition: { at: a } }: DiscoveredTask,
  { definition: { at: b } }: DiscoveredTask,
) {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}

function isReexportedBy(other: DiscoveredTask, task: DiscoveredTask): boolean {
  return isSame(other, task) && isHome(task) && !isHome(other);
}

const isHome = ({ definition: { module, at } }: DiscoveredTask) => module === at.file;

/** Functions that modules merely export may be meant for other code; two of them clash only where a pipeline asks. */
const matters = (a: DiscoveredTask, b: DiscoveredTask) => a.declared && b.declared;

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
