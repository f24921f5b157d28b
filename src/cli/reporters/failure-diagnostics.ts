/** The failures of a run as diagnostics, for reporters that show them beside the lines of a file. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { TaskError } from '../../model/event.ts';
import { CATALOGUE, type DiagnosticCode } from '../../model/fault.ts';
import type { EndedRun, FailedTask } from '../../views/ended-run.ts';
import { messageLines } from '../text/summary.ts';
import { howItFailed } from '../../views/run-words.ts';

/** Returns the warnings of the plan first, then what the run found. */
export function diagnosticsOf({ run, plan, failures, findings }: EndedRun): readonly Diagnostic[] {
  return [
    ...plan.warnings,
    ...findings,
    ...failures.map(failureDiagnostic),
    ...(run.error === undefined ? [] : [runDiagnostic(run.error)]),
  ];
}

function failureDiagnostic(failure: FailedTask): Diagnostic {
  const { task, record, at, plannedAt, isSafe } = failure;
  return {
    code: codeOf(failure),
    severity: isSafe ? 'warning' : 'error',
    message: [`task "${task}" ${howItFailed(record)}`, ...messageLines(failure)].join('\n'),
    at,
    ...(record.childRunId === undefined ? {} : { hint: { do: 'showRun', run: record.childRunId } }),
    ...(plannedAt === at
      ? {}
      : { related: [{ message: `task "${task}" in the pipeline`, at: plannedAt }] }),
  };
}

function codeOf({ record: { status, reason } }: FailedTask): DiagnosticCode {
  if (status === 'timed_out') return 'DP6002';
  return reason === 'crashed' ? 'DP6003' : 'DP6001';
}

const runDiagnostic = ({ code, message }: TaskError): Diagnostic => ({
  code: code !== undefined && code in CATALOGUE ? (code as DiagnosticCode) : 'DP6001',
  severity: 'error',
  message,
});
