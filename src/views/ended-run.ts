/** A run that has ended, with its failures in the order of the plan. */
import type { TaskName } from '../model/ids.ts';
import type { Diagnostic, Place } from '../model/diagnostic.ts';
import type { Plan } from '../model/plan.ts';
import type { RunRecord, TaskRecord } from '../model/run.ts';
import { logFile } from '../model/log-file.ts';

export interface EndedRun {
  readonly run: RunRecord;
  readonly plan: Plan;
  readonly failures: readonly FailedTask[];
  /** Warnings that only the ended run shows. */
  readonly findings: readonly Diagnostic[];
  /** Returns the text that tasks tagged `report` gave. */
  reports(): Promise<string>;
}

/** A task that failed or timed out. */
export interface FailedTask {
  readonly task: TaskName;
  readonly record: TaskRecord;
  /** The task is `fail_safe`, so the run did not fail because of it. */
  readonly isSafe: boolean;
  /** The place where its code threw; when that is not known, its place in the pipeline file. */
  readonly at: Place;
  readonly plannedAt: Place;
  /** The log of its last attempt; for a mapped task, that of the first element that failed. */
  readonly log: {
    readonly file: string;
    readonly attempt: number;
    readonly element?: number;
  };
}

export function failuresOf(run: RunRecord, plan: Plan, stateFolder: string): readonly FailedTask[] {
  return plan.tasks.flatMap(({ name, at, settings }) => {
    const record = run.tasks.get(name);
    if (record === undefined || !hasFailed(record)) return [];
    const { file, line, column = 1 } = record.error ?? {};
    return {
      task: name,
      record,
      isSafe: settings.failSafe,
      at: file === undefined || line === undefined ? at : { file, line, column },
      plannedAt: at,
      log: logOf(record, (attempt, element) =>
        logFile(stateFolder, run.runId, name, attempt, element),
      ),
    };
  });
}

export const hasFailed = ({ status }: TaskRecord): boolean =>
  status === 'failed' || status === 'timed_out';

function logOf(
  { attempts, elements = [] }: TaskRecord,
  fileOf: (attempt: number, element?: number) => string,
): FailedTask['log'] {
  const element = elements.findIndex(hasFailed);
  const failed = elements[element];
  return failed === undefined
    ? { file: fileOf(attempts), attempt: attempts }
    : { file: fileOf(failed.attempts, element), attempt: failed.attempts, element };
}
