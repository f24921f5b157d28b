/** A project and options come in; the plans of its pipelines go out. Nothing is written. */
import { Fault } from '../../model/fault.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { load, projectPipelines } from './load.ts';
import { prepare } from './prepare.ts';
import type { PlanOptions, Prepared } from './prepared.ts';

/**
 * Plans every pipeline of the project. Those in which the selection finds no task are left out, unless it finds none
 * anywhere. Throws a Fault with the diagnostics of every pipeline that cannot be planned.
 */
export async function planAll(
  options: PlanOptions,
  caller: CallerContext,
): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  const failures: Fault[] = [];
  let unselected: Fault | undefined;
  for (const file of await projectPipelines(caller)) {
    try {
      prepared.push(await prepare(await load(file, caller), options, caller));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === 'DP4003' || error.code === 'DP2006') unselected = error;
      else failures.push(error);
    }
  }
  if (failures.length > 0) throw Fault.of(failures.flatMap((fault) => fault.diagnostics));
  if (prepared.length === 0 && unselected !== undefined) throw unselected;
  return prepared;
}
