/** The summary of a run that has ended: each failure with its place, the end of its log and the next step; the totals and the slowest path. */
import { type RunRecord, tookOf } from '../../model/run.ts';
import type { EndedRun, FailedTask } from '../../views/ended-run.ts';
import type { Style, Terminal } from '../console/terminal.ts';
import { diagnosticsText, placeText } from './diagnostics.ts';
import { errorLines, errorText } from './error.ts';
import { logTail } from './log-tail.ts';
import { durationText } from '../../views/amounts.ts';
import { statusText, countsText, isResumable, howItFailed } from '../../views/run-words.ts';
import { slowestPathText } from '../../views/slowest-path.ts';

const FAILURES_SHOWN = 10;
const LOG_LINES = 8;
const LOG_BYTES = 8_192;

export function summaryText(ended: EndedRun, terminal: Terminal): string {
  const { run, plan, failures, findings } = ended;
  let text = failures
    .slice(0, FAILURES_SHOWN)
    .map((failure) => failureText(run, failure, terminal))
    .join('');
  if (failures.length > FAILURES_SHOWN)
    text += `\n… and ${failures.length - FAILURES_SHOWN} more failed tasks\n`;
  text += diagnosticsText(findings, terminal);
  const style: Style =
    run.status === 'succeeded' ? 'green' : run.status === 'failed' ? 'red' : 'yellow';
  text += `\n${terminal.paint(style, run.status)} in ${durationText(tookOf(run) ?? 0)}: ${countsText(run)}\n`;
  if (run.error !== undefined) text += `${errorText(run.error)}\n`;
  text += hooksText(run);
  const path = slowestPathText(run, plan);
  if (path !== undefined) text += terminal.paint('dim', `slowest path: ${path}\n`);
  text += terminal.paint('dim', `dp show ${run.runId}\n`);
  if (isResumable(run)) text += terminal.paint('dim', `dp resume ${run.runId}\n`);
  return text;
}

/** Returns a line with the hooks that ran and their status: a run may succeed although a hook failed. */
function hooksText({ tasks, hooks }: RunRecord): string {
  const said = [...hooks].flatMap(([name, hook]) => {
    const status = tasks.get(name)?.status;
    return status === undefined || status === 'skipped'
      ? []
      : `${hook} ${name} ${statusText(status)}`;
  });
  return said.length === 0 ? '' : `hooks: ${said.join(', ')}\n`;
}

function failureText(run: RunRecord, failure: FailedTask, terminal: Terminal): string {
  const { task, record, at, isSafe, log } = failure;
  const safe = isSafe ? ', which does not fail the run' : '';
  let text = `\n${terminal.paint(isSafe ? 'yellow' : 'red', task)} ${howItFailed(record)}${safe}\n`;
  if (record.error !== undefined) {
    text += `  ${terminal.paint('dim', '-->')} ${placeText(at)}\n`;
    for (const line of messageLines(failure)) text += `  ${line}\n`;
  }
  const tail = logTail(log.file, LOG_LINES, LOG_BYTES);
  if (tail.length > 0 && log.element !== undefined)
    text += `  ${terminal.paint('dim', `log of ${task}[${log.element}]:`)}\n`;
  for (const line of tail) text += `  ${terminal.paint('dim', '|')} ${line}\n`;
  if (tail.length > 0) text += terminal.paint('dim', `  dp logs ${run.runId} ${task}\n`);
  if (record.childRunId !== undefined)
    text += terminal.paint('dim', `  dp show ${record.childRunId}\n`);
  if (isResumable(run) && !isSafe)
    text += terminal.paint('dim', `  dp retry ${run.runId} --from ${task}\n`);
  return text;
}

/** Returns what the task threw; nothing when it left no error. */
export const messageLines = ({ record: { error } }: FailedTask): readonly string[] =>
  error === undefined ? [] : errorLines(error);
