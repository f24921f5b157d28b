/** A run that ended comes in; a plan that repeats it goes out. */
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { Again } from '../../model/plan.ts';
import { unknownTask } from '../../planner/selection.ts';
import { heldBy } from '../../store/held.ts';
import type { Prepared } from '../planning/prepared.ts';
import { planAgain, type ReplanPorts } from './plan-again.ts';
import { repeating } from './repeating.ts';

/**
 * Plans the run's parameters and selection with the files as they are today, and warns of each change since.
 * Throws DP6004 while a process holds the run, DP2006 for tasks that are not in it.
 */
export async function prepareRetry(
  runId: RunId,
  again: Again,
  ports: ReplanPorts,
): Promise<Prepared> {
  const { state } = ports;
  const holder = state.store.holder(runId);
  if (holder !== undefined) throw heldBy(runId, holder);
  const { prepared } = await planAgain(runId, true, ports);
  refuseUnknown(again, prepared);
  return await repeating(prepared, { of: runId, again }, { state });
}

function refuseUnknown(again: Again, { plan }: Prepared): void {
  if (again === 'all') return;
  const names = new Set<TaskName>(plan.tasks.map(({ name }) => name));
  const unknown = [...again].filter((name) => !names.has(name));
  if (unknown.length > 0) throw Fault.of(unknown.map((name) => unknownTask(name, names)));
}
