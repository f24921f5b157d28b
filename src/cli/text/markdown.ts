/** A run as a Markdown page: the status of each task, and for each failure its message and the end of its log. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { PlannedTask } from '../../model/plan.ts';
import {
  type RunRecord,
  type RunStatus,
  type TaskRecord,
  type TaskStatus,
  tookOf,
} from '../../model/run.ts';
import type { EndedRun, FailedTask } from '../../views/ended-run.ts';
import { harmless } from '../console/terminal.ts';
import { placeText } from './diagnostics.ts';
import { logTail } from './log-tail.ts';
import { messageLines } from './summary.ts';
import { durationText, clipped } from '../../views/amounts.ts';
import {
  isResumable,
  countsText,
  howItFailed,
  statusAndReason,
  statusText,
} from '../../views/run-words.ts';
import { slowestPathText } from '../../views/slowest-path.ts';
import { hintText } from './hint.ts';

/** GitHub refuses a job summary of more than 1 MiB, and a step may write several. */
export const LONGEST_PAGE_BYTES = 262_144;
const ROWS_SHOWN = 500;
const FAILURES_SHOWN = 20;
const LONGEST_MESSAGE = 2_000;
const LOG_LINES = 50;
const LOG_BYTES = 8_192;
const DIAGNOSTICS_SHOWN = 50;

export function runPage(ended: EndedRun): string {
  const { run, plan, failures } = ended;
  const { shard } = plan;
  const share = shard === undefined ? '' : ` (shard ${shard.index}/${shard.count})`;
  const path = slowestPathText(run, plan);
  const left = failures.length - FAILURES_SHOWN;
  return page([
    `## ${RUN_SIGNS[run.status]} ${written(run.pipeline)}${share} ${run.status} in ${durationText(tookOf(run) ?? 0)}`,
    `Run ${code(run.runId)}: ${countsText(run)}.`,
    ...(run.error === undefined ? [] : [preformatted(clipped(run.error.message, LONGEST_MESSAGE))]),
    ...failures.slice(0, FAILURES_SHOWN).map((failure) => failureSection(failure)),
    ...(left > 0 ? [`… and ${left} more failed tasks.`] : []),
    tasksTable(ended),
    ...(path === undefined ? [] : [`Slowest path: ${written(path)}`]),
    ...(isResumable(run) ? [`To resume it: ${code(`dp resume ${run.runId}`)}`] : []),
  ]);
}

/** Returns a page with the diagnostics that kept a run from starting. */
export function diagnosticsPage(diagnostics: readonly Diagnostic[]): string {
  const left = diagnostics.length - DIAGNOSTICS_SHOWN;
  return page([
    `## ${RUN_SIGNS.failed} not run`,
    ...diagnostics.slice(0, DIAGNOSTICS_SHOWN).map(({ severity, code: id, message, at, hint }) => {
      const place = at === undefined ? '' : ` at ${code(placeText(at))}`;
      const remedy = hint === undefined ? '' : `\nhint: ${hintText(hint)}`;
      return `**${severity} ${id}**${place}\n\n${preformatted(clipped(message + remedy, LONGEST_MESSAGE))}`;
    }),
    ...(left > 0 ? [`… and ${left} more.`] : []),
  ]);
}

const RUN_SIGNS: Readonly<Record<RunStatus, string>> = {
  queued: '⏳',
  running: '⏳',
  succeeded: '✅',
  failed: '❌',
  cancelled: '🚫',
  crashed: '❌',
};

const SIGNS: Readonly<Record<TaskStatus, string>> = {
  pending: '⏳',
  ready: '⏳',
  running: '⏳',
  retrying: '⏳',
  succeeded: '✅',
  cached: '♻️',
  failed: '❌',
  skipped: '⏭️',
  upstream_failed: '⛔',
  cancelled: '🚫',
  timed_out: '⏱️',
};

function failureSection(failure: FailedTask): string {
  const { task, record, at, isSafe, log } = failure;
  const safe = isSafe ? ', which does not fail the run' : '';
  const head = `### ${code(task)} ${howItFailed(record)}${safe}\n\nat ${code(placeText(at))}`;
  const message = preformatted(clipped(messageLines(failure).join('\n'), LONGEST_MESSAGE));
  const tail = logTail(log.file, LOG_LINES, LOG_BYTES);
  if (tail.length === 0) return `${head}\n\n${message}`;
  const element = log.element === undefined ? '' : `[${log.element}]`;
  const title = `Log of ${escaped(task)}${element}, attempt ${log.attempt}`;
  return `${head}\n\n${message}\n\n<details><summary>${title}</summary>\n\n${preformatted(tail.join('\n'))}\n\n</details>`;
}

function tasksTable({ run, plan }: EndedRun): string {
  const { tasks } = plan;
  if (tasks.length === 0) return 'No tasks.';
  const interesting =
    tasks.length <= ROWS_SHOWN ? tasks : tasks.filter((task) => !isDone(run, task));
  const rows = interesting.slice(0, ROWS_SHOWN).map((task) => row(run, task));
  const left = tasks.length - rows.length;
  const rest = left === 0 ? '' : `\n\n… and ${left} more: ${code(`dp show ${run.runId}`)}`;
  return `| task | status | attempts | duration |\n|---|---|--:|--:|\n${rows.join('\n')}${rest}`;
}

function isDone(run: RunRecord, { name }: PlannedTask): boolean {
  const status = run.tasks.get(name)?.status;
  return status === 'succeeded' || status === 'cached';
}

function row(run: RunRecord, { name }: PlannedTask): string {
  const task: TaskRecord = run.tasks.get(name) ?? { status: 'pending', attempts: 0 };
  const { status, attempts, durationMs, elements } = task;
  const isExplained =
    status === 'skipped' || status === 'upstream_failed' || status === 'cancelled';
  const what = isExplained ? written(clipped(statusAndReason(task), 200)) : statusText(status);
  const tries = elements === undefined ? String(attempts || '') : `${elements.length} elements`;
  const took = durationMs === undefined ? '' : durationText(durationMs);
  return `| ${written(name)} | ${SIGNS[status]} ${what} | ${tries} | ${took} |`;
}

/** Joins as many sections as there is room for. */
function page(sections: readonly string[]): string {
  let text = '';
  for (const section of sections) {
    if (Buffer.byteLength(text) + Buffer.byteLength(section) > LONGEST_PAGE_BYTES - 100)
      return `${text}… and more, left out because the page is full.\n`;
    text += `${section}\n\n`;
  }
  return text;
}

/** Returns the text on one line, with Markdown's own characters escaped. */
const written = (text: string): string =>
  escaped(harmless(text).replaceAll(/\s+/g, ' ')).replaceAll(/[\\`*_{}[\]()#|~!@:]/g, '\\$&');

const code = (text: string): string =>
  `<code>${escaped(harmless(text).replaceAll(/\s+/g, ' ')).replaceAll('|', '&#124;')}</code>`;

const preformatted = (text: string): string => `<pre>${escaped(harmless(text))}</pre>`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
