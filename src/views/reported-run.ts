import type { RequestedTask } from '../model/plan.ts';
import type { TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import { isFinished, type RunRecord, type TaskRecord } from '../model/run.ts';
import { hasFailed } from './ended-run.ts';
import type { Timeline } from './timeline.ts';

/** All that the page shows. */
export interface ReportedRun {
  readonly record: RunRecord;
  readonly params: JsonObject;
  /** In the order of the plan. */
  readonly tasks: readonly RequestedTask[];
  readonly timeline: Timeline;
  readonly slowestPath: ReadonlySet<TaskName>;
  readonly logs: readonly ReportedLog[];
  /** Attempts whose log was left out, as the page has its limit. */
  readonly logsLeftOut: number;
}

export interface ReportedLog {
  readonly task: TaskName;
  readonly element?: number;
  readonly attempt: number;
  /** The last part of what was printed. */
  readonly text: string;
  /** What was printed before that. */
  readonly bytesLeftOut: number;
}

const PENDING: TaskRecord = { status: 'pending', attempts: 0 };

/** Of a task that nothing has happened to, too. */
export function recordOf(run: ReportedRun, task: TaskName): TaskRecord {
  return run.record.tasks.get(task) ?? PENDING;
}

/** Worth a look before others: failed, on the slowest path, or under way. */
export function isNotable(run: ReportedRun, task: TaskName): boolean {
  const record = recordOf(run, task);
  const isUnderWay = !isFinished(record.status) && record.status !== 'pending';
  return hasFailed(record) || run.slowestPath.has(task) || isUnderWay;
}

/** Task → the number by which the parts of the page name it to each other. */
export function numbersOf({ tasks }: ReportedRun): ReadonlyMap<TaskName, number> {
  return new Map(tasks.map(({ name }, number) => [name, number]));
}
