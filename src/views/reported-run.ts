import type { RequestedTask } from '../model/plan.ts';
import type { TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import { isFinished, type RunRecord, type TaskRecord } from '../model/run.ts';
import { hasFailed } from './ended-run.ts';
import type { Timeline } from './timeline.ts';

/** Everything that the page of a run shows. */
export interface ReportedRun {
  readonly record: RunRecord;
  readonly params: JsonObject;
  /** The tasks in the order of the plan. */
  readonly tasks: readonly RequestedTask[];
  readonly timeline: Timeline;
  readonly slowestPath: ReadonlySet<TaskName>;
  readonly logs: readonly ReportedLog[];
  /** Number of attempts whose log was left out because the page is limited in size. */
  readonly logsLeftOut: number;
}

export interface ReportedLog {
  readonly task: TaskName;
  readonly element?: number;
  readonly attempt: number;
  /** The end of the log. */
  readonly text: string;
  /** Bytes of the log before `text`. */
  readonly bytesLeftOut: number;
}

const PENDING: TaskRecord = { status: 'pending', attempts: 0 };

/** Returns the record of a task; a pending one for a task that has no event yet. */
export function recordOf(run: ReportedRun, task: TaskName): TaskRecord {
  return run.record.tasks.get(task) ?? PENDING;
}

/** Tells whether a task is worth showing before others: it failed, is on the slowest path, or is running. */
export function isNotable(run: ReportedRun, task: TaskName): boolean {
  const record = recordOf(run, task);
  const isUnderWay = !isFinished(record.status) && record.status !== 'pending';
  return hasFailed(record) || run.slowestPath.has(task) || isUnderWay;
}

/** Returns the number of each task, by which the sections of the page refer to it. */
export function numbersOf({ tasks }: ReportedRun): ReadonlyMap<TaskName, number> {
  return new Map(tasks.map(({ name }, number) => [name, number]));
}
