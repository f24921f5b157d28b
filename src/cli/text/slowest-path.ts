/** The slowest path of a run in a line. */
import type { Plan } from '../../model/plan.ts';
import type { RunRecord } from '../../model/run.ts';
import { slowestPath } from '../../views/slowest-path.ts';
import { durationText } from './duration.ts';

const PATH_SHOWN = 8;

/** Both ends of a long path; its middle says little. Undefined when no task waited for another. */
export function slowestPathText(run: RunRecord, plan: Plan): string | undefined {
  const path = slowestPath(run, plan.tasks);
  if (path.length < 2) return undefined;
  const shown = path.map(([name, ms]) => `${name} ${durationText(ms)}`);
  const left = shown.length - PATH_SHOWN;
  if (left > 1) shown.splice(PATH_SHOWN - 1, left, `… ${left} more …`);
  return shown.join(' -> ');
}
