/** A run that has ended, with what there is to say about it: its failures in the order of the plan. */
import type { TaskName } from '../model/ids.ts';
import type { Diagnostic, Place } from '../model/diagnostic.ts';
import type { Plan } from '../model/plan.ts';
import type { RunRecord, TaskRecord } from '../model/run.ts';
import { logFile } from '../model/log-file.ts';

export interface EndedRun {
  readonly run: RunRecord;
  readonly plan: Plan;
  readonly failures: readonly Failure[];
  /** What there is to warn of now that it has ended. */
  readonly findings: readonly Diagnostic[];
  /** The text that tasks tagged `report` gave. */
  reports(): Promise<string>;
}

/** A task that failed or timed out. */
export interface Failure {
  readonly task: TaskName;
  readonly record: TaskRecord;
  /** `fail_safe`: the run did not fail for it. */
  readonly isSafe: boolean;
  /** Where its code threw; where it stands in the pipeline file when that is not known. */
  readonly at: Place;
  readonly plannedAt: Place;
  /** Of its last attempt; of the first element that failed, when it has several. */
  readonly log: {
    readonly file: string;
    readonly attempt: number;
    readonly element?: number;
  };
}

export function failuresOf(run: RunRecord, plan: Plan, stateFolder: string): readonly Failure[] {
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
): Failure['log'] {
  const element = elements.findIndex(hasFailed);
  const failed = elements[element];
  return failed === undefined
    ? { file: fileOf(attempts), attempt: attempts }
    : { file: fileOf(failed.attempts, element), attempt: failed.attempts, element };
}
