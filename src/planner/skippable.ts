/** Which tasks a run may pass over without failing. */
import type { TaskName } from '../model/ids.ts';
import type { WiredTask } from './wiring.ts';

/** Tasks that a condition may skip: their own, or one before them. A task stands after those it needs. */
export function skippable(tasks: readonly Pick<WiredTask, 'spec' | 'edges'>[]): Set<TaskName> {
  const found = new Set<TaskName>();
  for (const { spec, edges } of tasks) {
    if (spec.when !== undefined || edges.some((edge) => found.has(edge.task))) found.add(spec.name);
  }
  return found;
}
