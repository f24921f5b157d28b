import { EXIT, type ExitCode } from '../../model/fault.ts';
import type { RunRecord, TaskRecord } from '../../model/run.ts';
import type { CommandContext } from '../context.ts';
import { document, isoTime, runJson } from '../json.ts';
import { findRun, openForReading, readRun } from '../state.ts';
import { harmless, type Style, type Terminal } from '../terminal.ts';
import { durationText } from '../text/duration.ts';
import { errorText } from '../text/event-line.ts';
import { countsText } from '../text/summary.ts';

export async function show(
  context: CommandContext,
  _options: object,
  word: string | undefined,
): Promise<ExitCode> {
  using state = openForReading(context);
  const run = readRun(state, findRun(state, word ?? 'last'));
  context.terminal.out(context.json ? document(runJson(run)) : runText(run, context.terminal));
  return EXIT.ok;
}

const STYLES: Partial<Record<TaskRecord['status'], Style>> = {
  succeeded: 'green',
  cached: 'cyan',
  failed: 'red',
  timed_out: 'red',
  running: 'cyan',
  retrying: 'yellow',
};

function runText(run: RunRecord, terminal: Terminal): string {
  const took =
    run.finishedAt === undefined ? '' : ` in ${durationText(run.finishedAt - run.startedAt)}`;
  let text = `${terminal.paint('bold', `${run.pipeline} ${run.runId}`)}  ${run.status}${took}\n`;
  text += terminal.paint(
    'dim',
    `began ${isoTime(run.startedAt)}, plan ${run.planId.slice(0, 16)}, ${countsText(run)}\n`,
  );
  if (run.error !== undefined) text += `${errorText(run.error)}\n`;
  const width = Math.max(...[...run.tasks.keys()].map((name) => name.length), 0);
  for (const [name, task] of run.tasks)
    text += `  ${taskLine(name.padEnd(width), task, terminal)}\n`;
  return text;
}

function taskLine(name: string, task: TaskRecord, terminal: Terminal): string {
  const { status, durationMs, attempts, error, reason } = task;
  const took = durationMs === undefined ? '' : durationText(durationMs);
  const tries = attempts > 1 ? `${attempts} attempts` : '';
  const why =
    error === undefined ? harmless(status === 'succeeded' ? '' : (reason ?? '')) : errorText(error);
  return `${terminal.paint(STYLES[status] ?? 'dim', status.padEnd(15))} ${name}  ${took.padEnd(9)} ${tries} ${why}`.trimEnd();
}
