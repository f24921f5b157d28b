/** What is left to say when a run has ended: for each failure its place, its log's tail and how to go on; the totals and the slowest path. */
import { isFinished, type RunRecord, type TaskRecord, type TaskStatus } from '../../model/run.ts';
import type { EndedRun, Failure } from '../../views/ended-run.ts';
import { harmless, type Style, type Terminal } from '../console/terminal.ts';
import { clipped } from './clipped.ts';
import { diagnosticsText, placeText } from './diagnostics.ts';
import { durationText } from './duration.ts';
import { errorText } from './event-line.ts';
import { logTail } from './log-tail.ts';
import { slowestPathText } from './slowest-path.ts';

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
  text += `\n${terminal.paint(style, run.status)} in ${durationText(tookOf(run))}: ${countsText(run)}\n`;
  if (run.error !== undefined) text += `${errorText(run.error)}\n`;
  text += hooksText(run);
  const path = slowestPathText(run, plan);
  if (path !== undefined) text += terminal.paint('dim', `slowest path: ${path}\n`);
  text += terminal.paint('dim', `dp show ${run.runId}\n`);
  if (canGoOn(run)) text += terminal.paint('dim', `dp resume ${run.runId}\n`);
  return text;
}

/** Which of them ran and what came of it: a run may have gone well while a hook did not. */
function hooksText({ tasks, hooks }: RunRecord): string {
  const said = [...hooks].flatMap(([name, hook]) => {
    const status = tasks.get(name)?.status;
    return status === undefined || status === 'skipped'
      ? []
      : `${hook} ${name} ${statusText(status)}`;
  });
  return said.length === 0 ? '' : `hooks: ${said.join(', ')}\n`;
}

export const tookOf = ({ startedAt, finishedAt = startedAt }: RunRecord): number =>
  finishedAt - startedAt;

/** What came from standard input is gone. */
export const canGoOn = ({ status, file }: RunRecord): boolean =>
  status !== 'succeeded' && !file.startsWith('<');

export function countsText(run: RunRecord): string {
  const tasks = [...run.tasks].filter(([name]) => !run.hooks.has(name));
  if (tasks.length === 0) return 'there was nothing to do';
  const counts = new Map<TaskStatus, number>();
  for (const [, { status }] of tasks) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${statusText(status)}`).join(', ');
}

/** `skipped: when: 1 > 2 is false`, `cancelled by SIGINT`. */
export function statusAndReason(status: TaskStatus, reason = ''): string {
  const words = statusText(status);
  if (reason === '') return words;
  return reason.startsWith(words) ? reason : `${words}: ${reason}`;
}

export const statusText = (status: TaskStatus): string => status.replace('_', ' ');

function failureText(run: RunRecord, failure: Failure, terminal: Terminal): string {
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
  if (canGoOn(run) && !isSafe)
    text += terminal.paint('dim', `  dp retry ${run.runId} --from ${task}\n`);
  return text;
}

const MESSAGE_LINES = 10;
const LONGEST_LINE = 2_000;

/** All of a short message; the first lines of a long one. */
export function messageLines({ record: { error } }: Failure): readonly string[] {
  if (error === undefined) return [];
  const isPlain = error.name === 'Error' || error.name === 'ShellError';
  const message = harmless(isPlain ? error.message : `${error.name}: ${error.message}`);
  const lines = message
    .trimEnd()
    .split('\n')
    .map((line) => clipped(line, LONGEST_LINE));
  const left = lines.length - MESSAGE_LINES;
  return left > 1 ? [...lines.slice(0, MESSAGE_LINES), `… ${left} more lines`] : lines;
}

/** `failed after 2 attempts`; a mapped task has no attempts of its own. */
export function howItFailed({ status, reason, attempts }: TaskRecord): string {
  const how = reason === 'crashed' ? 'crashed' : statusText(status);
  if (attempts === 0 || !isFinished(status)) return how;
  return `${how} after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
}
